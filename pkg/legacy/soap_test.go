package legacy

import (
	"encoding/base64"
	"io"
	"net/http"
	"strconv"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
)

const startedLine = "recording " + someID + " started: PJSIP/410-00000002, tag 22"

func TestEveryClientsEnvelopeIsUnderstood(t *testing.T) {
	for name, envelope := range clients(t) {
		for _, action := range []string{"", `""`, `"urn:crm#start"`} {
			service := &fakeService{}
			r := serve(t, service, Options{}).post(typeOf(envelope), envelope, "SOAPAction", action)
			require.Equal(t, 200, r.StatusCode, "%s: %s", name, r.body)
			require.Contains(t, r.body, ">"+startedLine+"</", name)
			require.Equal(t, someID, r.Header.Get("X-Recording-Id"))
			require.Equal(t, []any{recording.StartRequest{Channel: "410", Tag: "22", By: recording.Actor{Address: "127.0.0.1"}}}, service.calls(), name)
		}
	}
}

func TestAnswersAreInTheStyleOfTheRequest(t *testing.T) {
	const encoded11 = ` soapenv:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"`
	const encoded12 = ` soapenv:encodingStyle="http://www.w3.org/2003/05/soap-encoding"`
	const typed = ` xsi:type="xsd:string"`
	all := clients(t)
	for name, want := range map[string]string{
		"php-without-wsdl": `<ns1:startResponse xmlns:ns1="urn:crm"` + encoded11 + `><startReturn` + typed + `>` + startedLine + `</startReturn></ns1:startResponse>`,
		"php-wsdl":         `<ns1:startResponse xmlns:ns1="urn:njadmin-api-recording"` + encoded11 + `><startReturn` + typed + `>` + startedLine + `</startReturn></ns1:startResponse>`,
		"php-soap12":       `<ns1:startResponse xmlns:ns1="urn:crm"` + encoded12 + `><startReturn` + typed + `>` + startedLine + `</startReturn></ns1:startResponse>`,
		"soap-lite":        `<ns1:startResponse xmlns:ns1="urn:crm"` + encoded11 + `><startReturn` + typed + `>` + startedLine + `</startReturn></ns1:startResponse>`,
		"dotnet-rpc":       `<ns1:startResponse xmlns:ns1="urn:njadmin-api-recording"` + encoded11 + `><startReturn` + typed + `>` + startedLine + `</startReturn></ns1:startResponse>`,
		"axis-dynamic":     `<startResponse` + encoded11 + `><startReturn` + typed + `>` + startedLine + `</startReturn></startResponse>`,
		"zeep-rpc":         `<ns1:startResponse xmlns:ns1="urn:njadmin-api-recording"><startReturn>` + startedLine + `</startReturn></ns1:startResponse>`,
		"dotnet-document":  `<ns1:startResponse xmlns:ns1="urn:njadmin-api-recording"><ns1:startReturn>` + startedLine + `</ns1:startReturn></ns1:startResponse>`,
		"wcf-soap12":       `<ns1:startResponse xmlns:ns1="urn:njadmin-api-recording"><ns1:startReturn>` + startedLine + `</ns1:startReturn></ns1:startResponse>`,
		"by-hand":          `<startResponse><startReturn>` + startedLine + `</startReturn></startResponse>`,
	} {
		require.Contains(t, all, name)
		r := serve(t, &fakeService{}, Options{}).post(typeOf(all[name]), all[name])
		version := soap11
		if typeOf(all[name]) == xml12 {
			version = soap12
		}
		require.Equal(t, want, string(r.inside(t, version)), name)
	}
}

func TestEveryMethodIsThereBySOAP(t *testing.T) {
	by := recording.Actor{Address: "127.0.0.1"}
	for body, want := range map[string]any{
		startElement:                             recording.StartRequest{Channel: "410", Tag: "22", By: by},
		`<stop><arg0>12347811.214</arg0></stop>`: recording.StopRequest{Channel: "12347811.214", By: by},
		`<retrieve><username>fred</username><tag>A1 </tag></retrieve>`:           recording.RetrieveRequest{Tag: "A1 ", Username: "fred", By: by},
		`<retrieveByUniqueId><in0>1.2</in0><in1>fred</in1></retrieveByUniqueId>`: recording.RetrieveRequest{UniqueID: "1.2", Username: "fred", By: by},
	} {
		service := &fakeService{audio: newFile(nil)}
		r := serve(t, service, Options{}).post(xml11, posted(body))
		require.Equal(t, 200, r.StatusCode, r.body)
		require.Equal(t, []any{want}, service.calls())
	}
}

func TestAudioArrivesWholeInAnEnvelope(t *testing.T) {
	for _, size := range []int{0, 1, 2, 44, plainSize + 1, 3*plainSize + 2} {
		data := noise(size)
		coded := base64.StdEncoding.EncodeToString(data)
		ask := map[string]func(*site) reply{
			`<ns1:retrieveResponse xmlns:ns1="urn:x"><ns1:retrieveReturn>` + coded + `</ns1:retrieveReturn></ns1:retrieveResponse>`: func(s *site) reply {
				return s.post(xml11, posted(`<retrieve xmlns="urn:x"><tag>22</tag><username>fred</username></retrieve>`))
			},
			`<retrieveResponse soapenv:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><retrieveReturn xsi:type="xsd:string">` + coded + `</retrieveReturn></retrieveResponse>`: func(s *site) reply {
				return s.get(retrieveQuery, "Accept", "text/xml")
			},
		}
		for want, ask := range ask {
			file := newFile(data)
			r := ask(serve(t, &fakeService{audio: file, size: int64(size)}, Options{}))
			require.Equal(t, 200, r.StatusCode)
			require.Equal(t, strconv.Itoa(len(r.body)), r.Header.Get("Content-Length"))
			require.Equal(t, "3", r.Header.Get("X-Recording-Count"))
			require.Equal(t, want, string(r.inside(t, soap11)))
			<-file.closed
		}
	}
}

func TestALongRecordingInAnEnvelopeTakesNoMemory(t *testing.T) {
	const size, most = 100 << 20, 8 << 20
	s := serve(t, &fakeService{audio: &zeros{size: size}, size: size}, Options{})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+Path, nil)
	require.NoError(t, err)
	req.Header.Set("Content-Type", xml11)
	req.Body = io.NopCloser(newFile([]byte(posted(`<retrieve><tag>22</tag><username>fred</username></retrieve>`))))
	before := mapped()
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	n, err := io.Copy(io.Discard, resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, resp.ContentLength, n)
	require.Greater(t, n, int64(size)*4/3)
	require.Less(t, mapped()-before, uint64(most))
	http.DefaultClient.CloseIdleConnections()
}

func TestGETGetsWhatAxisSends(t *testing.T) {
	const want = `<startResponse soapenv:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><startReturn xsi:type="xsd:string">` +
		startedLine + `</startReturn></startResponse>`
	for _, r := range []reply{
		serve(t, &fakeService{}, Options{}).get(startQuery, "Accept", "text/xml"),
		serve(t, &fakeService{}, Options{}).get(startQuery, "Accept", "application/soap+xml"),
		serve(t, &fakeService{}, Options{}).get(startQuery + "&format=soap"),
		serve(t, &fakeService{}, Options{SOAPByDefault: true}).get(startQuery),
	} {
		require.Equal(t, 200, r.StatusCode)
		require.Equal(t, want, string(r.inside(t, soap11)))
		require.Equal(t, someID, r.Header.Get("X-Recording-Id"))
	}
}

func TestWhatTheAnswerQuotesCannotBreakIt(t *testing.T) {
	r := serve(t, &fakeService{}, Options{}).get("method=start&extenOrUniqueId=410&format=soap&tag=a%3Cb%3E%26amp%3B'%22%5D%5D%3E%EF%BF%BE%F0%9F%93%9E")
	require.Contains(t, string(r.inside(t, soap11)), "tag a&lt;b&gt;&amp;amp;&#39;&#34;]]&gt;\ufffd📞</startReturn>")
	envelope := posted(`<x:start xmlns:x="urn:&quot;&lt;i/>"><extenOrUniqueId>410</extenOrUniqueId><tag>a&lt;/b></tag></x:start>`)
	r = serve(t, &fakeService{}, Options{}).post(xml11, envelope)
	require.Contains(t, string(r.inside(t, soap11)), `xmlns:ns1="urn:&#34;&lt;i/&gt;"><startReturn>recording `+someID+` started: PJSIP/410-00000002, tag a&lt;/b&gt;</startReturn>`)
}

func TestWhoMayNotIsToldSoAndWrittenDown(t *testing.T) {
	var needed []string
	may := func(_ echo.Context, needs string) error {
		needed = append(needed, needs)
		return &recording.Error{Code: "forbidden", Detail: "the key may not " + needs}
	}
	service := &fakeService{}
	s := serve(t, service, Options{May: may})
	r := s.get(retrieveQuery)
	require.Equal(t, 403, r.StatusCode)
	require.Equal(t, "the key may not retrieve", r.line(t))
	r = s.post(xml11, posted(startElement))
	require.Equal(t, 403, r.StatusCode)
	require.Equal(t, "soapenv:Client", r.fault(t).Code)
	require.Equal(t, "the key may not record", r.fault(t).Reason)
	require.Equal(t, []string{"retrieve", "record"}, needed)
	require.Empty(t, service.calls())
	by := recording.Actor{Address: "127.0.0.1"}
	require.Equal(t, []recording.AuditEntry{
		{Action: recording.ActionDenied, Actor: by, Subject: "retrieve tag=22", Outcome: "forbidden"},
		{Action: recording.ActionDenied, Actor: by, Subject: "start extenOrUniqueId=410", Outcome: "forbidden"},
	}, service.denied)
}

func TestEveryMethodHasItsScope(t *testing.T) {
	needs := map[string]string{}
	for _, m := range methods {
		needs[m.name] = m.needs
	}
	require.Equal(t, map[string]string{"start": "record", "stop": "record", "retrieve": "retrieve", "retrieveByUniqueId": "retrieve"}, needs)
}
