package legacy

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
)

// What is taken from a stranger, whose few values need none of it.
const (
	maxDepth      = 32
	maxElements   = 1000
	maxAttributes = 100 // of one element
)

// element is a node of a parsed envelope.
type element struct {
	name       xml.Name
	attributes []xml.Attr
	text       []byte // all text directly inside it
	children   []*element
}

// attribute returns the value of an attribute in one of the namespaces, "" stands for none.
func (e *element) attribute(local string, namespaces ...string) string {
	for _, a := range e.attributes {
		if a.Name.Local != local {
			continue
		}
		for _, namespace := range namespaces {
			if a.Name.Space == namespace {
				return a.Value
			}
		}
	}
	return ""
}

// builder makes a tree of a document's tokens.
type builder struct {
	root  *element
	open  []*element // from the root to the element that is being read
	count int
}

// parseXML reads a whole document in UTF-8. It takes no DTD, hence no entities but XML's own, and no processing
// instructions, as SOAP demands. Nothing is ever fetched.
func parseXML(text []byte) (*element, error) {
	decoder := xml.NewDecoder(bytes.NewReader(text))
	decoder.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // it is UTF-8 by now, whatever it says
	b := &builder{}
	for {
		begin := decoder.InputOffset()
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, garbled("the envelope is no well-formed XML: " + clip(err.Error(), 120))
		}
		if err := b.take(token, begin); err != nil {
			return nil, err
		}
	}
	if b.root == nil {
		return nil, garbled("the request is empty; send a SOAP envelope")
	}
	return b.root, nil
}

func (b *builder) take(token xml.Token, at int64) error {
	switch token := token.(type) {
	case xml.StartElement:
		return b.enter(token)
	case xml.EndElement:
		b.open = b.open[:len(b.open)-1]
	case xml.CharData:
		return b.characters(token)
	case xml.Directive:
		return garbled("an envelope may not hold a DTD")
	case xml.ProcInst:
		if token.Target != "xml" || at != 0 {
			return garbled("an envelope may not hold processing instructions")
		}
	}
	return nil
}

func (b *builder) enter(start xml.StartElement) error {
	b.count++
	switch {
	case len(b.open) == maxDepth:
		return garbled(fmt.Sprintf("the envelope is nested deeper than %d elements", maxDepth))
	case b.count > maxElements:
		return garbled(fmt.Sprintf("the envelope has more than %d elements", maxElements))
	case len(start.Attr) > maxAttributes:
		return garbled(fmt.Sprintf("an element has more than %d attributes", maxAttributes))
	case len(b.open) == 0 && b.root != nil:
		return garbled("there is something behind the envelope")
	}
	e := &element{name: start.Name, attributes: start.Attr}
	if len(b.open) == 0 {
		b.root = e
	} else {
		parent := b.open[len(b.open)-1]
		parent.children = append(parent.children, e)
	}
	b.open = append(b.open, e)
	return nil
}

func (b *builder) characters(text []byte) error {
	if len(b.open) > 0 {
		e := b.open[len(b.open)-1]
		e.text = append(e.text, text...)
		return nil
	}
	if len(bytes.TrimSpace(text)) > 0 {
		return garbled("the request is no XML; send a SOAP envelope")
	}
	return nil
}
