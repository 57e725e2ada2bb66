package legacy

import (
	"encoding/xml"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"ari-recorder/api"
)

// wsdl is what a generator of clients reads.
type wsdl struct {
	Namespace string `xml:"targetNamespace,attr"`
	Elements  []struct {
		Name  string `xml:"name,attr"`
		Parts []part `xml:"complexType>sequence>element"`
	} `xml:"types>schema>element"`
	Messages []struct {
		Name  string `xml:"name,attr"`
		Parts []part `xml:"part"`
	} `xml:"message"`
	Operations []struct {
		Name   string `xml:"name,attr"`
		Order  string `xml:"parameterOrder,attr"`
		Input  link   `xml:"input"`
		Output link   `xml:"output"`
	} `xml:"portType>operation"`
	Bindings []struct {
		Name    string `xml:"name,attr"`
		Binding struct {
			XMLName xml.Name
			Style   string `xml:"style,attr"`
		} `xml:"binding"`
		Operations []struct {
			Name   string `xml:"name,attr"`
			Input  use    `xml:"input>body"`
			Output use    `xml:"output>body"`
		} `xml:"operation"`
	} `xml:"binding"`
	Ports []struct {
		Binding string `xml:"binding,attr"`
		Address struct {
			XMLName  xml.Name
			Location string `xml:"location,attr"`
		} `xml:"address"`
	} `xml:"service>port"`
}

type part struct {
	Name    string `xml:"name,attr"`
	Type    string `xml:"type,attr"`
	Element string `xml:"element,attr"`
}

type link struct {
	Message string `xml:"message,attr"`
}

type use struct {
	Use       string `xml:"use,attr"`
	Namespace string `xml:"namespace,attr"`
	Encoding  string `xml:"encodingStyle,attr"`
}

func parseWSDL(t *testing.T, text string) wsdl {
	t.Helper()
	var doc wsdl
	require.NoError(t, xml.Unmarshal([]byte(text), &doc))
	require.Equal(t, Namespace, doc.Namespace)
	return doc
}

// inputs and output are the parts of a method, in their order, as the table has them.
func (m *method) inputs() (list []part) {
	for _, p := range m.parameters {
		list = append(list, part{Name: p.name, Type: "xsd:string"})
	}
	return list
}

func (m *method) output() []part { return []part{{Name: m.name + "Return", Type: "xsd:string"}} }

// The documents are written by hand: they must name the methods and parameters of the table, and nothing else.
func TestTheWSDLsNameEveryMethodAndParameter(t *testing.T) {
	rpc, document := parseWSDL(t, api.WSDL), parseWSDL(t, api.WSDLDocument)
	require.Len(t, rpc.Messages, 2*len(methods))
	require.Len(t, document.Messages, 2*len(methods))
	require.Len(t, document.Elements, 2*len(methods))
	require.Empty(t, rpc.Elements)
	for i, m := range methods {
		require.Equal(t, m.name+"Request", rpc.Messages[2*i].Name)
		require.Equal(t, m.inputs(), rpc.Messages[2*i].Parts)
		require.Equal(t, m.name+"Response", rpc.Messages[2*i+1].Name)
		require.Equal(t, m.output(), rpc.Messages[2*i+1].Parts)

		require.Equal(t, m.name, document.Elements[2*i].Name)
		require.Equal(t, m.inputs(), document.Elements[2*i].Parts)
		require.Equal(t, m.name+"Response", document.Elements[2*i+1].Name)
		require.Equal(t, m.output(), document.Elements[2*i+1].Parts)
		require.Equal(t, []part{{Name: "parameters", Element: "tns:" + m.name}}, document.Messages[2*i].Parts)
		require.Equal(t, []part{{Name: "parameters", Element: "tns:" + m.name + "Response"}}, document.Messages[2*i+1].Parts)

		for _, doc := range []wsdl{rpc, document} {
			require.Equal(t, m.name, doc.Operations[i].Name)
			require.Equal(t, "tns:"+doc.Messages[2*i].Name, doc.Operations[i].Input.Message)
			require.Equal(t, "tns:"+doc.Messages[2*i+1].Name, doc.Operations[i].Output.Message)
		}
		require.Len(t, strings.Fields(rpc.Operations[i].Order), len(m.parameters))
		for j, p := range m.parameters {
			require.Equal(t, p.name, strings.Fields(rpc.Operations[i].Order)[j])
		}
	}
	require.Len(t, rpc.Operations, len(methods))
	require.Len(t, document.Operations, len(methods))
}

func TestTheWSDLsBindInTheirStyle(t *testing.T) {
	const soapBinding, soap12Binding = "http://schemas.xmlsoap.org/wsdl/soap/", "http://schemas.xmlsoap.org/wsdl/soap12/"
	encoded, literal := use{"encoded", Namespace, soap11.encoding}, use{Use: "literal"}
	for _, c := range []struct {
		text   string
		style  string
		use    use
		spaces []string
	}{
		{api.WSDL, "rpc", encoded, []string{soapBinding}},
		{api.WSDLDocument, "document", literal, []string{soapBinding, soap12Binding}},
	} {
		doc := parseWSDL(t, c.text)
		require.Len(t, doc.Bindings, len(c.spaces))
		require.Len(t, doc.Ports, len(c.spaces))
		for i, b := range doc.Bindings {
			require.Equal(t, c.spaces[i], b.Binding.XMLName.Space)
			require.Equal(t, c.style, b.Binding.Style)
			require.Equal(t, "tns:"+b.Name, doc.Ports[i].Binding)
			require.Equal(t, c.spaces[i], doc.Ports[i].Address.XMLName.Space)
			require.Equal(t, api.WSDLAddress, doc.Ports[i].Address.Location)
			require.Len(t, b.Operations, len(methods))
			for j, o := range b.Operations {
				require.Equal(t, methods[j].name, o.Name)
				require.Equal(t, c.use, o.Input)
				require.Equal(t, c.use, o.Output)
			}
		}
	}
}

func TestTheWSDLIsAtTheAddressWithTheAddressInIt(t *testing.T) {
	s := serve(t, &fakeService{}, Options{FaultStatus: 500, SOAPByDefault: true})
	for query, style := range map[string]string{
		"wsdl": "rpc", "WSDL": "rpc", "Wsdl=1": "rpc", "wsdl=": "rpc", "apiKey=secret&wsdl": "rpc", "wsdl=document": "document", "WSDL=Document": "document",
	} {
		r := s.get(query, "Accept", "application/json")
		require.Equal(t, 200, r.StatusCode, query)
		require.Equal(t, "text/xml; charset=utf-8", r.Header.Get("Content-Type"))
		require.NotContains(t, r.body, "secret")
		doc := parseWSDL(t, r.body)
		require.Equal(t, style, doc.Bindings[0].Binding.Style, query)
		for _, port := range doc.Ports {
			require.Equal(t, s.URL+Path, port.Address.Location)
		}
	}
	require.Equal(t, 200, s.get(startQuery+"&wsdl").StatusCode)
}

func TestTheAddressIsWhereClientsReachUs(t *testing.T) {
	proxy := func(echo.Context) string { return "https://proxy.example.org" }
	for want, o := range map[string]Options{
		"https://rec.example.org/a&amp;b": {PublicURL: "https://rec.example.org/a&b/", Origin: proxy},
		"https://proxy.example.org":       {Origin: proxy},
		"http://127.0.0.1":                {Origin: func(echo.Context) string { return "" }},
	} {
		r := serve(t, &fakeService{}, o).get("wsdl")
		require.Contains(t, r.body, `<soap:address location="`+want)
		require.NotContains(t, r.body, api.WSDLAddress)
	}
}
