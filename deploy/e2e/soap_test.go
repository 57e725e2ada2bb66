//go:build !stack

package e2e

import (
	"embed"
	"encoding/base64"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
)

// The programs in testdata/soap get address, key, extension and the called channel's uniqueid, and do the same in every flavour that
// their library has: a start on an extension without a call, a start and a stop under the flavour's name as the tag; some show a wrong key, too. Each prints what it was
// told, in lines of flavour, event and text with tabs between. Then they say "recorded" and wait for a line, which comes when the call is over,
// and write what retrieve and retrieveByUniqueId return to files named by the flavour.
//
//go:embed testdata/soap
var soapPrograms embed.FS

// axisJars are what Axis 1.4 needs, all of Debian's libaxis-java.
const axisJars = "axis,jaxrpc,saaj,wsdl4j,commons-discovery,commons-logging,javax.activation,javax.mail"

// soapClient is a program and how many flavours it has.
type soapClient struct {
	library  string
	argv     []string
	flavours int
}

// soapClients runs every program, each on a call of its own.
func soapClients(o *office) {
	names, err := soapPrograms.ReadDir("testdata/soap")
	require.NoError(o.t, err)
	for _, name := range names {
		text, err := soapPrograms.ReadFile("testdata/soap/" + name.Name())
		require.NoError(o.t, err)
		require.NoError(o.t, o.clients.Put(name.Name(), text))
	}
	jars := "/usr/share/java/" + strings.ReplaceAll(axisJars, ",", ".jar:/usr/share/java/") + ".jar"
	for extension, client := range map[string]soapClient{
		"410": {"SoapClient", []string{"php", "client.php"}, 6},
		"412": {"zeep", []string{"python3", "client.py"}, 3},
		"413": {"SOAP::Lite 1.1", []string{"perl", "client.pl", "1.1"}, 1},
		"414": {"SOAP::Lite 1.2", []string{"perl", "client.pl", "1.2"}, 1},
		"415": {"Axis", []string{"java", "-cp", jars, "Client.java"}, 3},
	} {
		o.t.Run(client.library, func(t *testing.T) {
			t.Parallel()
			o.in(t).soapClient(client, extension)
		})
	}
}

// soapClient insists that every flavour hears what GET says, and gets the very bytes that REST hands out.
func (o *office) soapClient(client soapClient, extension string) {
	refusal := o.fetch(legacyPath+"?method=start&extenOrUniqueId=999&tag=x", o.bearer()).body
	require.Contains(o.t, refusal, "no live call")
	c := o.call(lab.CallOptions{To: extension})
	ids, newest := map[string]string{}, "" // ids by flavour
	p := o.run(append(client.argv, o.address(), o.key, extension, c.Callee.ID)...)
	for _, line := range p.until("\trecorded\t") {
		flavour, event, text := fields(line)
		switch event {
		case "fault":
			require.Equal(o.t, strings.TrimSpace(refusal), text, "%s: the fault's text is what GET says", flavour)
		case "start":
			newest = o.idIn(text)
			ids[flavour] = newest
		case "stop":
			require.Equal(o.t, ids[flavour], o.idIn(text), flavour)
		case "denied":
			require.Contains(o.t, text, "the key is not known", flavour)
		}
	}
	require.Len(o.t, ids, client.flavours, "%v", ids)
	o.hangUp(c)
	_, err := p.input.Write([]byte("\n"))
	require.NoError(o.t, err)
	p.ends()
	for flavour, id := range ids {
		o.sameAudio(flavour+".retrieve", id)
		o.sameAudio(flavour+".retrieveByUniqueId", newest)
		o.sameAudioByGet(flavour, id)
	}
}

func fields(line string) (flavour, event, text string) {
	parts := append(strings.SplitN(line, "\t", 3), "", "")
	return parts[0], parts[1], parts[2]
}

// sameAudio insists that a program got the BASE64 of the very bytes that REST hands out.
func (o *office) sameAudio(file, id string) {
	o.t.Helper()
	wav, err := base64.StdEncoding.Strict().DecodeString(string(o.file(file)))
	require.NoError(o.t, err, file)
	require.Greater(o.t, len(wav), 44, file)
	require.Equal(o.t, o.audio(id), wav, file)
}

func (o *office) sameAudioByGet(tag, id string) {
	o.t.Helper()
	query := url.Values{"method": {"retrieve"}, "tag": {tag}, "username": {"fred"}, "format": {"wav"}}
	a := o.fetch(legacyPath+"?"+query.Encode(), o.bearer())
	require.Equal(o.t, id, a.id())
	require.Equal(o.t, string(o.audio(id)), a.body, tag)
}
