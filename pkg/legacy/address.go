package legacy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

// address is where the client, or others, reach this door.
func (d *door) address(c echo.Context) string {
	return strings.TrimRight(d.base(c), "/") + Path
}

func (d *door) base(c echo.Context) string {
	if d.PublicURL != "" {
		return d.PublicURL
	}
	if d.Origin != nil {
		if origin := d.Origin(c); origin != "" {
			return origin
		}
	}
	if c.IsTLS() {
		return "https://" + c.Request().Host
	}
	return "http://" + c.Request().Host
}

// usage is the page that names the methods; address is where they are called.
func usage(address string) string {
	var page strings.Builder
	page.WriteString("The Recording API. Call a method by GET, with its parameters in the query:\n")
	for _, m := range methods {
		fmt.Fprintf(&page, "\n%s?method=%s", address, m.name)
		for _, p := range m.parameters {
			fmt.Fprintf(&page, "&%s=…", p.name)
		}
		fmt.Fprintf(&page, "\n    %s Answers with %s.\n", m.doc, m.returns)
		for _, p := range slices.Concat(m.parameters, m.further) {
			fmt.Fprintf(&page, "    %s: %s\n", p.name, p.doc)
		}
	}
	fmt.Fprintf(&page, "\nOr by SOAP 1.1 and 1.2, as described by\n\n%s?wsdl\n    rpc/encoded\n%s?wsdl=document\n    document/literal\n", address, address)
	return page.String()
}
