package legacy

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"ari-recorder/api"
)

// maxEnvelope is the longest request in bytes: hundreds of times what a method needs.
const maxEnvelope = 1 << 20

// body is what was posted.
type body struct {
	version *version
	charset string // as the type names it, may be empty
	data    []byte
}

// readBody reads a request's body if it may hold an envelope; one that is too long is not read to its end.
func readBody(r *http.Request) (*body, *fault) {
	kind, parameters, _ := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
	version := versionOf(kind)
	if kind != version.mediaType {
		return nil, &fault{code: api.CodeUnsupportedType, detail: "send a SOAP envelope, as text/xml for SOAP 1.1 or application/soap+xml for SOAP 1.2"}
	}
	if coding := r.Header.Get(echo.HeaderContentEncoding); coding != "" && !strings.EqualFold(coding, "identity") {
		return nil, &fault{code: api.CodeUnsupportedType, detail: "compressed envelopes are not taken; send it without Content-Encoding"}
	}
	tooLarge := &fault{code: api.CodePayloadTooLarge, detail: "an envelope may have 1 MiB"}
	if r.ContentLength > maxEnvelope {
		return nil, tooLarge
	}
	data, err := io.ReadAll(io.LimitReader(r.Body, maxEnvelope+1))
	var bounded *http.MaxBytesError
	switch {
	case errors.As(err, &bounded):
		return nil, tooLarge
	case err != nil:
		return nil, &fault{code: codeInvalid, detail: "the envelope did not arrive whole"}
	case len(data) > maxEnvelope:
		return nil, tooLarge
	default:
		return &body{version, parameters["charset"], data}, nil
	}
}

// charsets are those that old Java and .NET clients send; nil is UTF-8. What calls itself ISO-8859-1 is Windows-1252, as
// in browsers: the two differ in control characters alone, which no parameter may hold.
var charsets = map[string]encoding.Encoding{
	"utf-8": nil, "utf8": nil, "us-ascii": nil, "ascii": nil,
	"iso-8859-1": charmap.Windows1252, "iso8859-1": charmap.Windows1252, "iso8859_1": charmap.Windows1252, "latin1": charmap.Windows1252,
	"windows-1252": charmap.Windows1252, "cp1252": charmap.Windows1252, "iso-8859-15": charmap.ISO8859_15,
	"utf-16":   unicode.UTF16(unicode.BigEndian, unicode.UseBOM),
	"utf-16be": unicode.UTF16(unicode.BigEndian, unicode.UseBOM), "utf-16le": unicode.UTF16(unicode.LittleEndian, unicode.UseBOM),
}

// marks tell UTF-16 and UTF-8 by how a document begins, with a byte order mark or the first characters of <?xml.
var marks = []struct{ begin, charset string }{
	{"\xef\xbb\xbf", "utf-8"}, {"\xfe\xff", "utf-16be"}, {"\xff\xfe", "utf-16le"}, {"\x00<\x00", "utf-16be"}, {"<\x00?\x00", "utf-16le"},
}

var declaration = regexp.MustCompile(`^<\?xml\s[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']`)

// charsetName finds the body's charset as RFC 7303 has it: by its first bytes, else by its type, else by its declaration.
func (b *body) charsetName() string {
	for _, mark := range marks {
		if bytes.HasPrefix(b.data, []byte(mark.begin)) {
			return mark.charset
		}
	}
	if b.charset != "" {
		return strings.ToLower(b.charset)
	}
	if declared := declaration.FindSubmatch(b.data); declared != nil {
		return strings.ToLower(string(declared[1]))
	}
	return "utf-8"
}

// text gives the body in UTF-8, without a byte order mark.
func (b *body) text() ([]byte, error) {
	name := b.charsetName()
	charset, known := charsets[name]
	if !known {
		return nil, garbled("the charset " + quote(name) + " is not known here; send UTF-8")
	}
	if charset == nil {
		return bytes.TrimPrefix(b.data, []byte("\xef\xbb\xbf")), nil
	}
	text, err := charset.NewDecoder().Bytes(b.data)
	if err != nil || bytes.ContainsRune(text, utf8.RuneError) {
		return nil, garbled("the envelope is not in the charset " + name + " as it says")
	}
	return text, nil
}

// parse makes XML of the body.
func (b *body) parse() (*element, error) {
	text, err := b.text()
	if err != nil {
		return nil, err
	}
	return parseXML(text)
}
