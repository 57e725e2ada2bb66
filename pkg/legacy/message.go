package legacy

import (
	"fmt"
	"slices"
	"strings"
)

// message is a SOAP envelope, understood as far as it does not depend on the method.
type message struct {
	dialect    dialect
	operation  *element            // the method's element
	references map[string]*element // elements of the Body by their id, that others may refer to; nil for an id that is there twice
}

// readMessage takes an envelope of the version apart.
func readMessage(root *element, v *version) (*message, error) {
	if root.name.Local != "Envelope" {
		return nil, garbled("the root element is " + quote(root.name.Local) + ", not the Envelope of a SOAP message")
	}
	if root.name.Space != v.envelope {
		detail := fmt.Sprintf("the Envelope is in the namespace %q; %s, which %s stands for, has %s", clip(root.name.Space, 80), v.name, v.mediaType, v.envelope)
		return nil, fault{code: codeInvalid, detail: detail, soap: "VersionMismatch", garbled: true}
	}
	header, body := root.child("Header", v), root.child("Body", v)
	if body == nil {
		return nil, malformed("the envelope has no Body")
	}
	if err := understandAll(header, v); err != nil {
		return nil, err
	}
	operation := body.first()
	if operation == nil {
		return nil, malformed("the Body is empty; it takes the element of a method: " + names())
	}
	m := &message{operation: operation, references: map[string]*element{}}
	m.index(body, v)
	m.dialect = dialectOf(v, root, body, operation)
	return m, nil
}

// child finds an element of the envelope.
func (e *element) child(local string, v *version) *element {
	for _, c := range e.children {
		if c.name.Local == local && c.name.Space == v.envelope {
			return c
		}
	}
	return nil
}

// first finds the element that the others in an encoded Body belong to; they may say themselves that they are no roots.
func (e *element) first() *element {
	for _, c := range e.children {
		if c.attribute("root", soap11.encoding) != "0" {
			return c
		}
	}
	return nil
}

// understandAll refuses headers that are for us and must be understood: there are none that are.
func understandAll(header *element, v *version) error {
	if header == nil {
		return nil
	}
	for _, h := range header.children {
		must := strings.TrimSpace(h.attribute("mustUnderstand", v.envelope))
		if (must == "1" || must == "true") && slices.Contains(v.forUs, h.attribute(v.actor, v.envelope)) {
			detail := "the header " + quote(h.name.Local) + " must be understood, and is not; send the envelope without it"
			return fault{code: codeInvalid, detail: detail, soap: "MustUnderstand"}
		}
	}
	return nil
}

// index remembers the elements that have an id.
func (m *message) index(e *element, v *version) {
	id := e.attribute("id", "")
	if id == "" {
		id = e.attribute("id", v.encoding)
	}
	if id != "" {
		_, twice := m.references[id]
		m.references[id] = e
		if twice {
			m.references[id] = nil
		}
	}
	for _, c := range e.children {
		m.index(c, v)
	}
}

// dialectOf tells how the client speaks: of rpc/encoded are those who say so, and those who send types.
func dialectOf(v *version, root, body, operation *element) dialect {
	d := dialect{version: v, namespace: operation.name.Space}
	for _, e := range []*element{root, body, operation} {
		d.encoded = d.encoded || isEncoding(e.attribute("encodingStyle", v.envelope))
	}
	for _, part := range operation.children {
		d.encoded = d.encoded || part.schemaType() != ""
		d.qualified = d.qualified || part.name.Space == d.namespace
	}
	d.qualified = d.qualified && !d.encoded
	return d
}
