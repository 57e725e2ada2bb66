package legacy

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/api"
	"ari-recorder/pkg/recording"
)

// Every code that there is, whoever brings it up.
func TestEveryProblemIsAFaultInBothVersions(t *testing.T) {
	for _, p := range api.Problems() {
		domain := &recording.Error{
			Code: recording.Code(p.Code), Detail: "no live call on extension 410", RetryAfter: 2 * time.Second, RecordingID: someID,
		}
		s := serve(t, &fakeService{err: fmt.Errorf("wrapped: %w", domain)}, Options{})
		want := &details{Code: p.Code, Status: p.Status, RecordingID: someID}
		if p.Retryable() {
			want.RetryAfter = 2
		}

		r := s.post(xml11, posted(startElement))
		require.Equal(t, 500, r.StatusCode)
		code := "soapenv:Server.userException"
		switch {
		case callers[p.Code]:
			code = "soapenv:Client"
		case p.Code == "internal":
			code = "soapenv:Server"
		}
		require.Equal(t, fault11{code, "no live call on extension 410", want}, r.fault(t))
		require.Equal(t, someID, r.Header.Get("X-Recording-Id"))
		require.Equal(t, p.Retryable(), r.Header.Get("Retry-After") == "2")

		r = s.post(xml12, posted12(startElement))
		code, status := "soapenv:Sender", 400
		if p.Status >= 500 {
			code, status = "soapenv:Receiver", 500
		}
		require.Equal(t, status, r.StatusCode)
		require.Equal(t, fault12{code, "no live call on extension 410", want}, r.fault12(t))

		r = s.get(startQuery, "Accept", "text/xml")
		require.Equal(t, p.Status, r.StatusCode)
		require.Equal(t, want, r.fault(t).Detail)
	}
}

func TestFaultStatusIsForAllRenderings(t *testing.T) {
	s := serve(t, &fakeService{err: &recording.Error{Code: recording.CodeNoChannel, Detail: "x"}}, Options{FaultStatus: 500, SOAPByDefault: true})
	require.Equal(t, 500, s.get(startQuery).StatusCode)
	require.Equal(t, 500, s.post(xml12, posted12(startElement)).StatusCode)
	require.Equal(t, 500, s.post(xml11, "garbage").StatusCode)
	require.Equal(t, 415, s.post("text/plain", "garbage").StatusCode)
	require.Equal(t, 413, s.post(xml11, string(make([]byte, maxEnvelope+1))).StatusCode)
}

func TestCandidatesAreInTheDetail(t *testing.T) {
	ambiguous := &recording.Error{Code: recording.CodeAmbiguous, Detail: "two calls: 1.1, 1.2", Candidates: []recording.Candidate{{Node: "a", UniqueID: "1.1"}, {Node: "a", UniqueID: "1.2"}}}
	f := serve(t, &fakeService{err: ambiguous}, Options{}).post(xml11, posted(startElement)).fault(t)
	require.Equal(t, &details{Code: "ambiguous", Status: 409, Candidates: []string{"1.1", "1.2"}}, f.Detail)
}

func TestFaultsQuoteSafelyOnOneLine(t *testing.T) {
	s := serve(t, &fakeService{err: &recording.Error{Code: recording.CodeFailed, Detail: "</faultstring>\r\n&\ufffe"}}, Options{})
	require.Equal(t, "</faultstring>  &\ufffd", s.post(xml11, posted(startElement)).fault(t).Reason)
}

func TestErrorsFromElsewhereStayOutOfFaults(t *testing.T) {
	s := serve(t, &fakeService{err: errors.New("secret of the inside")}, Options{})
	r := s.post(xml11, posted(startElement))
	require.Equal(t, fault11{"soapenv:Server", "internal error; the log has the details", &details{Code: "internal", Status: 500}}, r.fault(t))
	require.Contains(t, s.log.String(), "secret of the inside")
}
