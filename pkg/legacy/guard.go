package legacy

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"ari-recorder/api"
)

// guard refuses what no user of a CRM has asked for: a browser that fetches ahead of a click, and a page of somebody
// else's that makes the user's browser call. Clients that are no browsers send none of these headers and pass.
func (d *door) guard(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		header := c.Response().Header()
		preventCaching(c)
		header.Set(echo.HeaderVary, "Accept, Origin")
		if isPrefetch(c.Request().Header) {
			return d.denyPage(c, http.StatusForbidden, "a prefetch is not a request; ask again when somebody wants it")
		}
		if !d.mayCall(c.Request()) {
			status := d.refusalStatus(api.ProblemOf(api.CodeForbidden))
			return d.denyPage(c, status, "pages of this origin may not call the recording API; list it in http.cors_origins")
		}
		if origin := c.Request().Header.Get(echo.HeaderOrigin); slices.Contains(d.CORSOrigins, origin) {
			header.Set(echo.HeaderAccessControlAllowOrigin, origin)
			header.Set(echo.HeaderAccessControlExposeHeaders, exposed)
		}
		return next(c)
	}
}

func (d *door) denyPage(c echo.Context, status int, why string) error {
	return d.deny(c, c.Request().Method+" "+Path, fault{code: api.CodeForbidden, detail: why}, status)
}

// exposed are the headers that a page of a listed origin may read.
const exposed = "Content-Disposition, Retry-After, X-Recording-Count, X-Recording-Id, X-Request-Id"

// isPrefetch tells whether the browser asks of its own accord, in the words of today's and older ones.
func isPrefetch(h http.Header) bool {
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		for _, value := range h.Values(name) {
			value = strings.ToLower(value)
			if strings.Contains(value, "prefetch") || strings.Contains(value, "prerender") || strings.Contains(value, "preview") {
				return true
			}
		}
	}
	return false
}

// mayCall tells whether the page that makes the browser call, if it is one, is ours or listed. A Referer alone says
// nothing: pages of CRMs link to this address as they always did.
func (d *door) mayCall(r *http.Request) bool {
	origin := r.Header.Get(echo.HeaderOrigin)
	if origin != "" && !d.trusts(origin, r) {
		return false
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
		return true
	}
	if origin == "" {
		origin = originOf(r.Referer())
	}
	return d.trusts(origin, r)
}

// trusts tells whether the origin is listed or this service's own: that of its public URL, or of the host that was asked
// for. The scheme of the latter is not looked at: behind a proxy that speaks TLS nobody knows it.
func (d *door) trusts(origin string, r *http.Request) bool {
	origin = originOf(origin)
	if origin == "" {
		return false
	}
	if slices.Contains(d.CORSOrigins, origin) || origin == originOf(d.PublicURL) {
		return true
	}
	scheme, _, _ := strings.Cut(origin, ":")
	return origin == originOf(scheme+"://"+r.Host)
}

// originOf gives the origin of a URL as browsers write it: lower-case, without the port that the scheme implies; "" for
// anything without a web origin, such as "null".
func originOf(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" {
		return ""
	}
	host := strings.ToLower(u.Host)
	switch u.Scheme {
	case "http":
		host = strings.TrimSuffix(host, ":80")
	case "https":
		host = strings.TrimSuffix(host, ":443")
	default:
		return ""
	}
	return u.Scheme + "://" + host
}
