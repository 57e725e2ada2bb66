package legacy

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
)

const startQuery = "method=start&extenOrUniqueId=410&tag=22"

func TestStartNamesTheRecording(t *testing.T) {
	service := &fakeService{}
	s := serve(t, service, Options{Actor: func(c echo.Context) recording.Actor {
		return recording.Actor{Name: "crm", Address: c.RealIP(), RequestID: c.Request().Header.Get("X-Request-Id")}
	}})
	r := s.get(startQuery, "X-Request-Id", "r-1")
	require.Equal(t, 200, r.StatusCode)
	require.Equal(t, "recording "+someID+" started: PJSIP/410-00000002, tag 22", r.line(t))
	require.Equal(t, someID, r.Header.Get("X-Recording-Id"))
	require.Equal(t, []any{recording.StartRequest{
		Channel: "410", Tag: "22", By: recording.Actor{Name: "crm", Address: "127.0.0.1", RequestID: "r-1"},
	}}, service.calls())
}

func TestStartOfARunningRecordingSaysSo(t *testing.T) {
	r := serve(t, &fakeService{existing: true}, Options{}).get(startQuery)
	require.Equal(t, 200, r.StatusCode)
	require.Equal(t, "recording "+someID+" runs already: PJSIP/410-00000002, tag 22", r.line(t))
}

func TestStopNamesTheRecording(t *testing.T) {
	service := &fakeService{}
	r := serve(t, service, Options{}).get("method=stop&extenOrUniqueId=12347811.214")
	require.Equal(t, 200, r.StatusCode)
	require.Equal(t, "recording "+someID+" stopped: PJSIP/410-00000002, tag 22", r.line(t))
	require.Equal(t, someID, r.Header.Get("X-Recording-Id"))
	require.Equal(t, "12347811.214", service.calls()[0].(recording.StopRequest).Channel)
}

func TestMethodsAndParametersAreReadLeniently(t *testing.T) {
	tags := map[string]string{
		"start":                  startQuery,
		"other order":            "tag=22&extenOrUniqueId=410&method=start",
		"method in another case": "method=START&extenOrUniqueId=410&tag=22",
		"names in another case":  "METHOD=start&EXTENORUNIQUEID=410&Tag=22",
		"unknown parameters":     startQuery + "&_=1795418220&apiKey=s&x=%ff",
		"said twice alike":       startQuery + "&tag=22&Tag=22",
		"empty parts":            "&&" + startQuery + "&",
	}
	for name, query := range tags {
		t.Run(name, func(t *testing.T) {
			service := &fakeService{}
			require.Equal(t, 200, serve(t, service, Options{}).get(query).StatusCode)
			require.Equal(t, []any{recording.StartRequest{Channel: "410", Tag: "22", By: recording.Actor{Address: "127.0.0.1"}}}, service.calls())
		})
	}
}

func TestTagsArriveByteForByte(t *testing.T) {
	long := strings.Repeat("é", 255)
	for raw, want := range map[string]string{
		"a+b": "a b", "a%20b": "a b", "a%2Bb": "a+b", "%25": "%", "A%26B%3DC": "A&B=C", "a=b": "a=b", "%F0%9F%93%9E": "📞",
		"O'Neil%22%3Cb%3E": `O'Neil"<b>`, "A1+": "A1 ", "%3B": ";", "é": "é", long: long,
	} {
		service := &fakeService{}
		r := serve(t, service, Options{}).get("method=start&extenOrUniqueId=410&tag=" + raw)
		require.Equal(t, 200, r.StatusCode, raw)
		require.Equal(t, want, service.calls()[0].(recording.StartRequest).Tag)
		require.Contains(t, r.line(t), want)
	}
}

func TestJSONForThoseWhoPreferIt(t *testing.T) {
	s := serve(t, &fakeService{}, Options{})
	for _, query := range []string{startQuery, "method=stop&extenOrUniqueId=410"} {
		r := s.get(query, "Accept", "application/json")
		require.Equal(t, 200, r.StatusCode)
		require.Equal(t, "application/json", r.Header.Get("Content-Type"))
		require.Equal(t, someID, r.Header.Get("X-Recording-Id"))
		var got map[string]any
		require.NoError(t, json.Unmarshal([]byte(r.body), &got))
		require.Equal(t, someID, got["id"])
		require.Equal(t, "2026-11-23T07:17:02.694Z", got["started_at"])
		require.Contains(t, got, "failure")
	}
}

func TestErrorsOfTheDomainHaveTheContractsStatus(t *testing.T) {
	for code, status := range map[recording.Code]int{
		recording.CodeInvalid: 400, recording.CodeNoChannel: 404, recording.CodeNoRecording: 404, recording.CodeNotAnswered: 409,
		recording.CodeAmbiguous: 409, recording.CodeOtherTag: 409, recording.CodeNotRecorded: 409, recording.CodeInProgress: 409,
		recording.CodePrivate: 403, recording.CodeDeleted: 410, recording.CodeFailed: 422, recording.CodeTooMany: 429,
		recording.CodeAsterisk: 503, recording.CodeDatabase: 503, recording.CodeStorage: 503, recording.CodeStorageFull: 503, recording.CodeNotStored: 503,
		recording.CodeInternal: 500,
	} {
		s := serve(t, &fakeService{err: fmt.Errorf("wrapped: %w", &recording.Error{Code: code, Detail: "no live call on extension 410"})}, Options{})
		for _, query := range []string{startQuery, "method=stop&extenOrUniqueId=410", "method=retrieve&tag=1&username=f"} {
			r := s.get(query, "Accept", "application/json")
			require.Equal(t, status, r.StatusCode, code)
			require.Equal(t, "no live call on extension 410", r.line(t))
			require.Equal(t, status == 429 || status == 503, r.Header.Get("Retry-After") != "", code)
		}
	}
}

func TestRetryAfterIsInWholeSeconds(t *testing.T) {
	for retry, want := range map[time.Duration]string{
		0: "1", time.Millisecond: "1", time.Second: "1", 1001 * time.Millisecond: "2", 2 * time.Second: "2",
	} {
		s := serve(t, &fakeService{err: &recording.Error{Code: recording.CodeTooMany, Detail: "x", RetryAfter: retry}}, Options{})
		require.Equal(t, want, s.get(startQuery).Header.Get("Retry-After"))
	}
}

func TestErrorsFromElsewhereStayInTheLog(t *testing.T) {
	s := serve(t, &fakeService{err: errors.New("secret of the inside")}, Options{})
	r := s.get(startQuery)
	require.Equal(t, 500, r.StatusCode)
	require.Equal(t, "internal error; the log has the details", r.line(t))
	require.Equal(t, 1, strings.Count(s.log.String(), "secret of the inside"))
	require.Contains(t, s.log.String(), "level=ERROR")
}

func TestCausesOfOutagesAreLoggedAndNotTold(t *testing.T) {
	s := serve(t, &fakeService{err: &recording.Error{Code: recording.CodeDatabase, Detail: "try again", Err: errors.New("dial 10.0.0.1")}}, Options{})
	require.Equal(t, "try again", s.get(startQuery).line(t))
	require.Equal(t, 1, strings.Count(s.log.String(), "dial 10.0.0.1"))
	require.Contains(t, s.log.String(), "level=WARN")
}

func TestAnErrorIsAlwaysOneLine(t *testing.T) {
	s := serve(t, &fakeService{err: &recording.Error{Code: recording.CodeFailed, Detail: "two\r\nlines"}}, Options{})
	require.Equal(t, "two  lines", s.get(startQuery).line(t))
}

func TestFaultStatusIsForFaultsAlone(t *testing.T) {
	s := serve(t, &fakeService{err: &recording.Error{Code: recording.CodeTooMany, Detail: "busy"}}, Options{FaultStatus: 500})
	require.Equal(t, 500, s.get("method=nonsense").StatusCode)
	r := s.get(startQuery)
	require.Equal(t, 500, r.StatusCode)
	require.Equal(t, "1", r.Header.Get("Retry-After"))
	require.Equal(t, 405, s.ask(http.MethodHead, startQuery).StatusCode)
	require.Equal(t, 403, s.get(startQuery, "Sec-Purpose", "prefetch").StatusCode)
}

func TestOtherMethodsOfHTTPDoNothing(t *testing.T) {
	service := &fakeService{}
	s := serve(t, service, Options{})
	for _, method := range []string{"HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "BREW"} {
		r := s.ask(method, startQuery)
		require.Equal(t, 405, r.StatusCode, method)
		require.Equal(t, "GET, POST", r.Header.Get("Allow"), method)
	}
	require.Equal(t, "PUT is not allowed here; use GET, or POST for SOAP", s.ask("PUT", startQuery).line(t))
	require.Empty(t, service.calls())
}

func TestWithoutAQueryTheMethodsAreNamed(t *testing.T) {
	s := serve(t, &fakeService{}, Options{})
	r := s.get("")
	require.Equal(t, 200, r.StatusCode)
	require.Equal(t, "text/plain; charset=utf-8", r.Header.Get("Content-Type"))
	require.Contains(t, r.body, s.URL+Path+"?method=start&extenOrUniqueId=…&tag=…\n")
	for _, m := range methods {
		require.Contains(t, r.body, "?method="+m.name+"&")
	}
	s = serve(t, &fakeService{}, Options{PublicURL: "https://rec.example.org/pbx"})
	require.Contains(t, s.get("").body, "https://rec.example.org/pbx"+Path+"?method=stop&")
	require.Contains(t, s.get("").body, "https://rec.example.org/pbx"+Path+"?wsdl\n")
}
