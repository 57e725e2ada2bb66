package rest

import (
	_ "embed" // for the page
	"html/template"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/swaggest/swgui/v5emb"

	"ari-recorder/api"
)

// DocsPath is where the API's document is shown, and ProblemsPath where the codes of problems are explained.
const (
	DocsPath     = "/docs"
	ProblemsPath = DocsPath + "/problems"
)

// The page's own parts. Links are relative, so that they hold behind a proxy that adds a prefix.
var (
	//go:embed docs.html
	docsPage []byte
	//go:embed docs.js
	docsScript []byte
	//go:embed problems.html
	problemsText string

	problemsPage = template.Must(template.New("problems").Parse(problemsText))
)

// viewer serves what comes embedded in the module: nothing is loaded from elsewhere.
var viewer = v5emb.New("ari-recorder", "", DocsPath+"/")

// assets are the files of the viewer that the page uses.
var assets = map[string]bool{
	"swagger-ui.css": true, "swagger-ui-bundle.js": true, "favicon-16x16.png": true, "favicon-32x32.png": true,
}

func registerDocs(routes Router) {
	routes.Handle(http.MethodGet, DocsPath, guarded(showDocs))
	routes.Handle(http.MethodGet, DocsPath+"/", guarded(func(c echo.Context) error {
		return c.Redirect(http.StatusMovedPermanently, "../docs")
	}))
	routes.Handle(http.MethodGet, ProblemsPath, guarded(showProblems))
	routes.Handle(http.MethodGet, DocsPath+"/:asset", guarded(showAsset))
}

// policy lets the page run its own script and talk to this service, and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func guarded(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		header := c.Response().Header()
		header.Set(echo.HeaderContentSecurityPolicy, policy)
		header.Set(echo.HeaderXContentTypeOptions, "nosniff")
		header.Set(echo.HeaderReferrerPolicy, "no-referrer")
		return next(c)
	}
}

func showDocs(c echo.Context) error {
	return c.Blob(http.StatusOK, echo.MIMETextHTMLCharsetUTF8, docsPage)
}

func showAsset(c echo.Context) error {
	switch asset := c.Param("asset"); {
	case asset == "docs.js":
		return c.Blob(http.StatusOK, echo.MIMEApplicationJavaScriptCharsetUTF8, docsScript)
	case assets[asset]:
		viewer.ServeHTTP(c.Response(), c.Request())
		return nil
	}
	return Refuse(c, api.ProblemOf(api.CodeNotFound), nil)
}

func showProblems(c echo.Context) error {
	var page strings.Builder
	if err := problemsPage.Execute(&page, api.Problems()); err != nil {
		return err
	}
	return c.HTML(http.StatusOK, page.String())
}
