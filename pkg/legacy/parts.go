package legacy

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// parts are the children of a method's element, by the names of the method's parameters where they have none of their own.
type parts struct {
	message *message
	named   []namedPart
}

type namedPart struct {
	name    string
	element *element
}

// partsFor names the parts: by their own names, or by their places if these are but numbered as known clients without a
// WSDL do it. Other names that nobody knows are left alone, since to guess is to record the wrong call.
func (m *message) partsFor(of *method) (*parts, error) {
	p := &parts{message: m}
	children := m.operation.children
	if !areNumbered(children) {
		for _, c := range children {
			p.named = append(p.named, namedPart{c.name.Local, c})
		}
		return p, nil
	}
	if len(children) > len(of.parameters) {
		return nil, malformed(fmt.Sprintf("there are %d parts without a name: %s needs %s", len(children), of.name, of.required()))
	}
	for i, c := range children {
		p.named = append(p.named, namedPart{of.parameters[i].name, c})
	}
	return p, nil
}

// numbered are the names that clients without a WSDL give to parts: arg0 (Axis, JAX-WS), in0 (stubs of Axis), param0 (PHP),
// __numeric_0 (nusoap), c-gensym3 (SOAP::Lite). Any other name with a number behind it may be a parameter of somebody's own.
var numbered = regexp.MustCompile(`^(arg|in|param|__numeric_|c-gensym)(0|[1-9][0-9]{0,8})$`)

// counter is the stem whose numbers begin anywhere and leave some out: SOAP::Lite counts whatever it names.
const counter = "c-gensym"

// areNumbered tells whether all names are of one client, in the order of their numbers: 0, 1, 2 unless it is the counter's.
func areNumbered(list []*element) bool {
	stem, last := "", -1
	for i, e := range list {
		match := numbered.FindStringSubmatch(strings.ToLower(e.name.Local))
		if match == nil || i > 0 && match[1] != stem {
			return false
		}
		number, err := strconv.Atoi(match[2])
		if err != nil || number <= last || number != i && match[1] != counter {
			return false
		}
		stem, last = match[1], number
	}
	return len(list) > 0
}

// find is the finder of the parts. As in a query, two different values are refused.
func (p *parts) find(name string) (value string, found bool, err error) {
	for _, part := range p.named {
		if !strings.EqualFold(part.name, name) {
			continue
		}
		text, isNil, err := p.message.value(part.element)
		if err != nil {
			return "", true, malformed("parameter " + name + " " + err.Error())
		}
		if isNil {
			continue
		}
		if found && text != value {
			return "", true, malformed("parameter " + name + " is given twice, with different values")
		}
		value, found = text, true
	}
	return value, found, nil
}

// value reads a part's text, wherever it stands; xsi:nil is as good as no part. Errors are the end of a sentence that
// begins with the parameter's name.
func (m *message) value(e *element) (text string, isNil bool, err error) {
	e, err = m.resolve(e)
	if err != nil {
		return "", false, err
	}
	if e.isNil() {
		return "", true, nil
	}
	if len(e.children) > 0 {
		return "", false, fmt.Errorf("holds elements where a text is expected")
	}
	text, err = plain(string(e.text), e.schemaType())
	return text, false, err
}

// plain undoes what the type has done to a text. SOAP::Lite, for one, sends every text that is not ASCII in BASE64.
func plain(text, schemaType string) (string, error) {
	switch schemaType {
	case "", "string", "anyType", "anySimpleType", "ur-type":
		return text, nil
	case "base64Binary", "base64":
		decoded, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
		if err != nil {
			return "", fmt.Errorf("is no BASE64, as its type says")
		}
		return string(decoded), nil
	default: // numbers, dates and the like, around which white space means nothing
		return strings.TrimSpace(text), nil
	}
}

// resolve follows references to the element that holds the value, never out of the envelope.
func (m *message) resolve(e *element) (*element, error) {
	for range maxDepth {
		target, refers := e.reference(m.dialect.version)
		if !refers {
			return e, nil
		}
		if e = m.references[target]; e == nil {
			return nil, fmt.Errorf("refers to %s, which is not in the envelope, or is there twice", quote(target))
		}
	}
	return nil, fmt.Errorf("refers to itself")
}

// reference returns the id that the element stands for.
func (e *element) reference(v *version) (id string, refers bool) {
	if href := e.attribute("href", ""); href != "" {
		return strings.TrimPrefix(href, "#"), true
	}
	ref := e.attribute("ref", v.encoding)
	return ref, ref != ""
}

// instances are the namespaces that xsi has had; Perl and Java clients of the first days use the older ones.
var instances = []string{
	instanceNamespace, "http://www.w3.org/2000/10/XMLSchema-instance", "http://www.w3.org/1999/XMLSchema-instance",
}

// schemaType is the name of the element's xsi:type without its prefix, "" if it has none.
func (e *element) schemaType() string {
	name := strings.TrimSpace(e.attribute("type", instances...))
	return name[strings.LastIndexByte(name, ':')+1:]
}

func (e *element) isNil() bool {
	for _, name := range []string{"nil", "null"} {
		if is := strings.TrimSpace(e.attribute(name, instances...)); is == "1" || is == "true" {
			return true
		}
	}
	return false
}
