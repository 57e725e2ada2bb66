package legacy

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
)

func TestPartsAreBoundAsClientsMeanThem(t *testing.T) {
	const exten = `<extenOrUniqueId>410</extenOrUniqueId>`
	for body, tag := range map[string]string{
		`<start>` + exten + `<tag>A1 </tag></start>`:                                                               "A1 ",
		`<start>` + exten + `<tag xsi:type="xsd:int"> 22 </tag></start>`:                                           "22",
		`<start>` + exten + `<tag xsi:type="x:string"> 22 </tag></start>`:                                          " 22 ",
		`<start>` + exten + `<tag xsi:type="xsd:base64Binary">TcO8 bGxlcg==</tag></start>`:                         "Müller",
		`<start>` + exten + `<tag>a<!-- b -->c<![CDATA[<d>]]>&#x4f60;</tag></start>`:                               "ac<d>你",
		`<start>` + exten + `<tag xsi:nil="true"/><TAG>7</TAG></start>`:                                            "7",
		`<start>` + exten + `<tag>7</tag><tag>7</tag></start>`:                                                     "7",
		`<start>` + exten + `<tag>7</tag><apiKey>s</apiKey><x><y/></x><z href="#no"/></start>`:                     "7",
		`<start>` + exten + `<tag href="#a"/></start><m id="a" href="#b"/><m id="b">7</m>`:                         "7",
		`<start>` + exten + `<tag id="t">7</tag></start>`:                                                          "7",
		`<start><arg0>410</arg0><arg1>7</arg1></start>`:                                                            "7",
		`<start><Arg0>410</Arg0><ARG1>7</ARG1></start>`:                                                            "7",
		`<start><__numeric_0>410</__numeric_0><__numeric_1>7</__numeric_1></start>`:                                "7",
		`<start><c-gensym12>410</c-gensym12><c-gensym14>7</c-gensym14></start>`:                                    "7",
		`<start><in0 href="#a"/><in1 href="#b"/></start><m id="b">7</m><m id="a">410</m>`:                          "7",
		`<Start><EXTENorUniqueID>410</EXTENorUniqueID><Tag>7</Tag></Start>`:                                        "7",
		`<q:start xmlns:q="a" xmlns:r="b"><r:tag>7</r:tag><extenOrUniqueId>410</extenOrUniqueId></q:start>`:        "7",
		`<m id="a" s:root="0" xmlns:s="` + soap11.encoding + `">7</m><start>` + exten + `<tag href="#a"/></start>`: "7",
	} {
		service := &fakeService{}
		r := serve(t, service, Options{}).post(xml11, posted(body))
		require.Equal(t, 200, r.StatusCode, "%s: %s", body, r.body)
		require.Equal(t, []any{recording.StartRequest{Channel: "410", Tag: tag, By: recording.Actor{Address: "127.0.0.1"}}}, service.calls(), body)
	}
}

func TestReferencesOfSOAP12(t *testing.T) {
	service := &fakeService{}
	body := `<start xmlns:c="` + soap12.encoding + `"><extenOrUniqueId c:id="a">410</extenOrUniqueId><tag c:ref="a"/></start>`
	require.Equal(t, 200, serve(t, service, Options{}).post(xml12, posted12(body)).StatusCode)
	require.Equal(t, "410", service.calls()[0].(recording.StartRequest).Tag)
}

func TestCallsThatCannotBeMeantAreClientFaults(t *testing.T) {
	const exten, needs = `<extenOrUniqueId>410</extenOrUniqueId>`, ": start needs extenOrUniqueId and tag"
	const known = "the methods are start, stop, retrieve and retrieveByUniqueId"
	const besides = " besides the method's element; send one call in an envelope"
	const call = `<start><extenOrUniqueId>410</extenOrUniqueId><tag>7</tag></start>`
	for body, want := range map[string]string{
		``:                                     "the Body is empty; it takes the element of a method: start, stop, retrieve and retrieveByUniqueId",
		`text`:                                 "the Body is empty; it takes the element of a method: start, stop, retrieve and retrieveByUniqueId",
		`<delete/>`:                            `there is no method "delete"; ` + known,
		`<e:Fault/>`:                           `there is no method "Fault"; ` + known,
		`<` + strings.Repeat("x", 9999) + `/>`: `there is no method "` + strings.Repeat("x", 40) + `…"; ` + known,

		call + `<stop><extenOrUniqueId>420</extenOrUniqueId></stop>`: `the Body holds "stop"` + besides,
		call + call:             `the Body holds "start"` + besides,
		call + `<STOP id="a"/>`: `the Body holds "STOP"` + besides,
		`<stop id="a" s:root="0" xmlns:s="` + soap11.encoding + `"/>` + call: `the Body holds "stop"` + besides,
		call + `<delete/>`:                        `the Body holds "delete"` + besides,
		`<delete/>` + call:                        `the Body holds "start"` + besides,
		`</e:Body><e:Header/><e:Header/><e:Body>`: "the envelope has more than one Header",
		call + `</e:Body><e:Body>`:                "the envelope has more than one Body",
		call + `</e:Body><e:Body>` + call:         "the envelope has more than one Body",
		`</e:Body><e:Body>` + call:                "the envelope has more than one Body",

		`<start/>`:                                                                "parameter extenOrUniqueId is missing" + needs,
		`<start>` + exten + `</start>`:                                            "parameter tag is missing" + needs,
		`<start>` + exten + `<tag/></start>`:                                      "parameter tag is empty" + needs,
		`<start>` + exten + `<tag xsi:nil="1"/></start>`:                          "parameter tag is missing" + needs,
		`<start>` + exten + `<tag xsi:nil="true">7</tag></start>`:                 "parameter tag is missing" + needs,
		`<start>` + exten + `<tag>a&#10;b</tag></start>`:                          "parameter tag holds a control character" + needs,
		`<start>` + exten + `<tag>` + strings.Repeat("é", 256) + `</tag></start>`: "parameter tag is longer than 255 characters" + needs,
		`<start>` + exten + `<tag>7</tag><Tag>8</Tag></start>`:                    "parameter tag is given twice, with different values",
		`<start>` + exten + `<tag>7<b/></tag></start>`:                            "parameter tag holds elements where a text is expected",
		`<start>` + exten + `<tag xsi:type="xsd:base64Binary">!</tag></start>`:    "parameter tag is no BASE64, as its type says",
		`<start>` + exten + `<tag xsi:type="xsd:base64Binary">/w==</tag></start>`: "parameter tag is not valid UTF-8" + needs,

		`<start><arg0>410</arg0></start>`:                                    "parameter tag is missing" + needs,
		`<start><arg0>410</arg0><arg1>22</arg1><arg2>x</arg2></start>`:       "there are 3 parts without a name: start needs extenOrUniqueId and tag",
		`<start><arg1>410</arg1><arg0>22</arg0></start>`:                     "parameter extenOrUniqueId is missing" + needs,
		`<start><arg1>410</arg1><arg2>22</arg2></start>`:                     "parameter extenOrUniqueId is missing" + needs,
		`<start><param0>410</param0><param2>22</param2></start>`:             "parameter extenOrUniqueId is missing" + needs,
		`<start><arg00>410</arg00><arg01>22</arg01></start>`:                 "parameter extenOrUniqueId is missing" + needs,
		`<start><c-gensym5>410</c-gensym5><c-gensym3>22</c-gensym3></start>`: "parameter extenOrUniqueId is missing" + needs,
		`<start><phone0>998</phone0><phone1>999</phone1></start>`:            "parameter extenOrUniqueId is missing" + needs,
		`<start><p0>998</p0><p1>999</p1></start>`:                            "parameter extenOrUniqueId is missing" + needs,
		`<start><_0>998</_0><_1>999</_1></start>`:                            "parameter extenOrUniqueId is missing" + needs,
		`<stop><tag2>999</tag2></stop>`:                                      "parameter extenOrUniqueId is missing: stop needs extenOrUniqueId",
		`<stop><tag0>999</tag0></stop>`:                                      "parameter extenOrUniqueId is missing: stop needs extenOrUniqueId",
		`<stop><extenOrUniqueId0>999</extenOrUniqueId0></stop>`:              "parameter extenOrUniqueId is missing: stop needs extenOrUniqueId",
		`<stop><param1>999</param1></stop>`:                                  "parameter extenOrUniqueId is missing: stop needs extenOrUniqueId",
		`<start><arg0>410</arg0><in1>22</in1></start>`:                       "parameter extenOrUniqueId is missing" + needs,
		`<start><exten>410</exten><reference>22</reference></start>`:         "parameter extenOrUniqueId is missing" + needs,
		`<start>` + exten + `<arg1>22</arg1></start>`:                        "parameter tag is missing" + needs,

		`<start>` + exten + `<tag href="#no"/></start>`:                                          `parameter tag refers to "no", which is not in the envelope, or is there twice`,
		`<start>` + exten + `<tag href="http://127.0.0.1/"/></start>`:                            `parameter tag refers to "http://127.0.0.1/", which is not in the envelope, or is there twice`,
		`<start>` + exten + `<tag href="#a"/></start><m id="a">7</m><m id="a">8</m>`:             `parameter tag refers to "a", which is not in the envelope, or is there twice`,
		`<start>` + exten + `<tag href="#a"/></start><m id="a" href="#a"/>`:                      "parameter tag refers to itself",
		`<start>` + exten + `<tag href="#a"/></start><m id="a" href="#b"/><m id="b" href="#a"/>`: "parameter tag refers to itself",
	} {
		service := &fakeService{}
		s := serve(t, service, Options{})
		r := s.post(xml11, posted(body))
		require.Equal(t, 500, r.StatusCode, body)
		require.Equal(t, fault11{"soapenv:Client", want, &details{Code: "invalid", Status: 400}}, r.fault(t), body)
		r = s.post(xml12, posted12(body))
		require.Equal(t, 400, r.StatusCode, body)
		require.Equal(t, fault12{"soapenv:Sender", want, &details{Code: "invalid", Status: 400}}, r.fault12(t), body)
		require.Empty(t, service.calls(), body)
	}
}

func TestHeadersAreIgnoredUnlessTheyMustNotBe(t *testing.T) {
	const next11, role12 = "http://schemas.xmlsoap.org/soap/actor/next", "http://www.w3.org/2003/05/soap-envelope/role/"
	for header, understood := range map[string]bool{
		`<Security xmlns="urn:wss"/>`:                                true,
		`<Security e:mustUnderstand="0"/>`:                           true,
		`<Security mustUnderstand="1"/>`:                             true,
		`<Security e:mustUnderstand="1" ACTOR="urn:somebody-else"/>`: true,
		`<Security e:mustUnderstand="1"/>`:                           false,
		`<ok/><Security e:mustUnderstand="1" ACTOR=""/>`:             false,
		`<Security e:mustUnderstand="true" ACTOR="NEXT"/>`:           false,
	} {
		for _, v := range []*version{soap11, soap12} {
			next := next11
			if v == soap12 {
				next = role12 + "next"
			}
			h := strings.NewReplacer("ACTOR", "e:"+v.actor, "NEXT", next).Replace(header)
			envelope := strings.Replace(posted(startElement), "<e:Body>", "<e:Header>"+h+"</e:Header><e:Body>", 1)
			envelope = strings.Replace(envelope, soap11.envelope, v.envelope, 1)
			service := &fakeService{}
			r := serve(t, service, Options{}).post(v.mediaType, envelope)
			if understood {
				require.Equal(t, 200, r.StatusCode, r.body)
				continue
			}
			require.Equal(t, 500, r.StatusCode, h)
			var f fault11
			if v == soap12 {
				f = fault11(r.fault12(t))
			} else {
				f = r.fault(t)
			}
			require.Equal(t, "soapenv:MustUnderstand", f.Code)
			require.Contains(t, f.Reason, `"Security"`)
			require.Nil(t, f.Detail)
			require.Empty(t, service.calls())
		}
	}
}
