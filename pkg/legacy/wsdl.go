package legacy

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"ari-recorder/api"
)

// describe hands out the WSDL of a style: ?wsdl=document is document/literal, anything else rpc/encoded as it always was.
func (d *door) describe(c echo.Context, style string) error {
	document := api.WSDL
	if strings.EqualFold(style, "document") {
		document = api.WSDLDocument
	}
	document = strings.ReplaceAll(document, api.WSDLAddress, escape(d.address(c)))
	return send(c, http.StatusOK, soap11.contentType, []byte(document))
}
