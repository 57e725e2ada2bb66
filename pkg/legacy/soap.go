package legacy

import "github.com/labstack/echo/v4"

// post answers SOAP. Whatever SOAPAction says, the method is the one in the Body, and the query is not looked at.
func (d *door) post(c echo.Context) error {
	b, f := readBody(c.Request())
	if f != nil {
		// What was not read will not be. In HTTP/2 only this request ends; the header would end all that share its connection.
		if c.Request().ProtoMajor == 1 {
			c.Response().Header().Set(echo.HeaderConnection, "close")
		}
		return d.refuse(c, *f)
	}
	unknown := form{as: asSOAP, dialect: dialect{version: b.version}, posted: true}
	what, dialect, err := b.understand()
	if err != nil {
		return d.fail(c, err, unknown)
	}
	return d.perform(c, what, form{as: asSOAP, dialect: dialect, posted: true})
}

// understand reads an envelope: what to call, and how the answer is spoken.
func (b *body) understand() (call, dialect, error) {
	root, err := b.parse()
	if err != nil {
		return call{}, dialect{}, err
	}
	m, err := readMessage(root, b.version)
	if err != nil {
		return call{}, dialect{}, err
	}
	what, err := m.call()
	return what, m.dialect, err
}

// call finds out what is asked for.
func (m *message) call() (call, error) {
	method, err := methodNamed(m.operation.name.Local)
	if err != nil {
		return call{}, err
	}
	parts, err := m.partsFor(method)
	if err != nil {
		return call{}, err
	}
	args, err := method.arguments(parts.find)
	return call{method, args}, err
}
