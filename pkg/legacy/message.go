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
	body, err := root.body(v)
	if err != nil {
		return nil, err
	}
	operation, err := body.operation(v)
	if err != nil {
		return nil, err
	}
	m := &message{operation: operation, references: map[string]*element{}}
	m.index(body, v)
	m.dialect = dialectOf(v, root, body, operation)
	return m, nil
}

// body finds the Body of an envelope whose headers let it be read.
func (e *element) body(v *version) (*element, error) {
	header, err := e.child("Header", v)
	if err != nil {
		return nil, err
	}
	body, err := e.child("Body", v)
	if err != nil {
		return nil, err
	}
	if body == nil {
		return nil, malformed("the envelope has no Body")
	}
	return body, understandAll(header, v)
}

// child finds an element of the envelope, nil if there is none. Two of a name are refused: one would be lost.
func (e *element) child(local string, v *version) (found *element, err error) {
	for _, c := range e.children {
		if c.name.Local != local || c.name.Space != v.envelope {
			continue
		}
		if found != nil {
			return nil, malformed("the envelope has more than one " + local)
		}
		found = c
	}
	return found, nil
}

// operation finds the method's element in a Body. The others of an encoded Body have an id by which it refers to them, and
// may say themselves that they are no roots; anything else would be a call that is silently not made.
func (e *element) operation(v *version) (found *element, err error) {
	for _, c := range e.children {
		_, unknown := methodNamed(c.name.Local)
		switch {
		case found == nil && c.attribute("root", soap11.encoding) != "0":
			found = c
		case unknown == nil || c.id(v) == "":
			return nil, malformed("the Body holds " + quote(c.name.Local) + " besides the method's element; send one call in an envelope")
		}
	}
	if found == nil {
		return nil, malformed("the Body is empty; it takes the element of a method: " + names())
	}
	return found, nil
}

// id is the name by which others refer to the element, "" if it has none.
func (e *element) id(v *version) string {
	if id := e.attribute("id", ""); id != "" {
		return id
	}
	return e.attribute("id", v.encoding)
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
	if id := e.id(v); id != "" {
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
