package legacy

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBadRequestsAreRefusedBeforeAnythingHappens(t *testing.T) {
	const ok = "&extenOrUniqueId=410"
	const known = "the methods are start, stop, retrieve and retrieveByUniqueId"
	for query, want := range map[string]string{
		"method=":                             "parameter method is missing; " + known,
		"method":                              "parameter method is missing; " + known,
		"extenOrUniqueId=410&tag=22":          "parameter method is missing; " + known,
		"&":                                   "parameter method is missing; " + known,
		"method=delete":                       `there is no method "delete"; ` + known,
		"method=start%20":                     `there is no method "start "; ` + known,
		"method=%00%0d%0a":                    `there is no method "\x00\r\n"; ` + known,
		"method=" + strings.Repeat("x", 9999): `there is no method "` + strings.Repeat("x", 40) + `…"; ` + known,

		"method=start":                          "parameter extenOrUniqueId is missing: start needs extenOrUniqueId and tag",
		"method=start" + ok:                     "parameter tag is missing: start needs extenOrUniqueId and tag",
		"method=start&tag=" + ok:                "parameter tag is empty: start needs extenOrUniqueId and tag",
		"method=stop&extenOrUniqueId=":          "parameter extenOrUniqueId is empty: stop needs extenOrUniqueId",
		"method=retrieve&tag=1":                 "parameter username is missing: retrieve needs tag and username",
		"method=retrieve&uniqueId=1&username=f": "parameter tag is missing: retrieve needs tag and username",
		"method=retrieveByUniqueId&tag=1":       "parameter uniqueId is missing: retrieveByUniqueId needs uniqueId and username",

		"method=start&tag=%ff" + ok:                                 "parameter tag is not valid UTF-8: start needs extenOrUniqueId and tag",
		"method=start&tag=a%00b" + ok:                               "parameter tag holds a control character: start needs extenOrUniqueId and tag",
		"method=start&tag=a%0ab" + ok:                               "parameter tag holds a control character: start needs extenOrUniqueId and tag",
		"method=start&tag=" + strings.Repeat("é", 256) + ok:         "parameter tag is longer than 255 characters: start needs extenOrUniqueId and tag",
		"method=stop&extenOrUniqueId=" + strings.Repeat("1", 10240): "parameter extenOrUniqueId is longer than 149 characters: stop needs extenOrUniqueId",

		"method=start&tag=1&tag=2" + ok:       "parameter tag is given twice, with different values",
		"method=start&tag=1&TAG=2" + ok:       "parameter tag is given twice, with different values",
		"method=start&method=stop&tag=1" + ok: "parameter method is given twice, with different values",
		"method=start&tag=%zz" + ok:           "the query string holds a % that two hexadecimal digits do not follow; write %25 for a %",
		"method=start&tag=100%" + ok:          "the query string holds a % that two hexadecimal digits do not follow; write %25 for a %",
		"wsdl=1&wsdl=2":                       "parameter wsdl is given twice, with different values",
		"WSDL&wsdl=document":                  "parameter wsdl is given twice, with different values",
		"method=start;tag=1" + ok:             "the query string holds a semicolon; write %3B in a value, and & between parameters",

		"method=retrieve&tag=1&username=f&format=mp3":            `there is no format "mp3"; write format=wav or format=soap, or leave it out`,
		"method=retrieve&tag=1&username=f&format=":               `there is no format ""; write format=wav or format=soap, or leave it out`,
		"method=retrieve&tag=1&username=f&format=wav&format=mp3": "parameter format is given twice, with different values",
		"method=start&tag=1&format=wav" + ok:                     "format=wav is for retrieve and retrieveByUniqueId; leave it out",
	} {
		service := &fakeService{}
		r := serve(t, service, Options{}).get(query)
		require.Equal(t, 400, r.StatusCode, query)
		require.Equal(t, want, r.line(t))
		require.Empty(t, service.calls(), query)
	}
}

func FuzzQuery(f *testing.F) {
	for _, raw := range []string{
		startQuery, retrieveQuery, "wsdl", "WSDL=document&method=", "a=%zz&b;c", "method=stop&extenOrUniqueId=12347811.214&apiKey=x",
		"METHOD=RetrieveByUniqueId&UNIQUEID=1.2&username=%F0%9F%93%9E+&format=soap", "method=start&tag=%ff&extenOrUniqueId=%00",
	} {
		f.Add(raw)
	}
	d := &door{}
	f.Fuzz(func(t *testing.T, raw string) {
		q, err := parseQuery(raw)
		if err != nil {
			return
		}
		what, _, err := d.understand(q, nil)
		if err != nil {
			require.Less(t, len(err.Error()), 500)
			return
		}
		requireChecked(t, what)
	})
}

// requireChecked proves that the call is one that the domain may be asked for.
func requireChecked(t *testing.T, what call) {
	t.Helper()
	require.Contains(t, methods, what.method)
	require.Len(t, what.arguments, len(what.method.parameters))
	for _, p := range what.method.parameters {
		require.Empty(t, p.check(what.arguments[p.name], true))
	}
}
