package rest

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/api"
)

// The page must work without the internet and under its own policy: no foreign address, no script or style within it.
func TestThePageNeedsNothingFromElsewhere(t *testing.T) {
	s := serve(t, &fake{}, Options{})
	page := s.get(DocsPath)
	require.Equal(t, "text/html; charset=UTF-8", page.Header.Get("Content-Type"))
	require.Equal(t, policy, page.Header.Get("Content-Security-Policy"))
	require.NotRegexp(t, `https?://|<style|style=|onload=|<script>`, page.body)
	links := regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindAllStringSubmatch(page.body, -1)
	require.Len(t, links, 6)
	for _, link := range links {
		if link[1] == "openapi.yaml" {
			continue
		}
		r := s.get("/" + link[1])
		require.Equal(t, http.StatusOK, r.StatusCode, link[1])
		require.NotEmpty(t, r.body)
		require.Equal(t, policy, r.Header.Get("Content-Security-Policy"))
	}
	require.Contains(t, s.get(DocsPath+"/docs.js").body, `url: "openapi.yaml"`)
}

func TestTheViewersFiles(t *testing.T) {
	s := serve(t, &fake{}, Options{})
	packed := s.get(DocsPath+"/swagger-ui-bundle.js", "Accept-Encoding", "gzip")
	require.Equal(t, "gzip", packed.Header.Get("Content-Encoding"))
	plain := s.get(DocsPath + "/swagger-ui-bundle.js") // the client unpacks
	require.Greater(t, len(plain.body), 2*len(packed.body))
	require.Equal(t, http.StatusNotModified, s.get(DocsPath+"/swagger-ui.css", "If-None-Match", s.get(DocsPath+"/swagger-ui.css").Header.Get("Etag")).StatusCode)
	for _, name := range []string{"nothing", "swagger-ui.js", "oauth2-redirect.html", "swagger-ui.css.gz", "embed.go", "..%2Fopenapi.yaml"} {
		s.get(DocsPath + "/" + name).problem(api.CodeNotFound)
	}
	r := s.get(DocsPath + "/")
	require.Equal(t, http.StatusMovedPermanently, r.StatusCode)
	require.Equal(t, "../docs", r.Header.Get("Location"))
}

// The type of every problem leads to its explanation.
func TestEveryCodeIsExplained(t *testing.T) {
	page := serve(t, &fake{}, Options{}).get(ProblemsPath).body
	for _, p := range api.Problems() {
		require.Equal(t, 1, strings.Count(page, `id="`+p.Code+`"`), p.Code)
		require.Contains(t, page, p.Title)
	}
}
