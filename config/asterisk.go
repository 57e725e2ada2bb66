package config

import (
	"crypto/x509"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

func (l *layers) asterisk() Asterisk {
	const application = "asterisk.application"
	return Asterisk{
		Application: l.name(application, l.text(application)),
		Nodes:       l.nodes(),
	}
}

// nodes returns the single node of asterisk.url and its neighbours, or those of asterisk.nodes.
func (l *layers) nodes() []Node {
	count := l.length("asterisk.nodes")
	if count == 0 {
		return []Node{l.node("asterisk", DefaultNode)}
	}
	for _, field := range nodeFields {
		if key := "asterisk." + field.name; l.written(key) {
			l.fault(key, "cannot be used together with asterisk.nodes; move it into the list")
		}
	}
	var nodes []Node
	for i := range count {
		prefix := "asterisk.nodes." + strconv.Itoa(i)
		node := l.node(prefix, l.nodeName(prefix))
		l.checkUnique(prefix, node, nodes)
		nodes = append(nodes, node)
	}
	return nodes
}

func (l *layers) nodeName(prefix string) string {
	name := l.text(prefix + ".name")
	if name == "" {
		l.fault(prefix, "the node needs a name")
		return ""
	}
	return l.name(prefix+".name", name)
}

// checkUnique also refuses a second node at one address: both would register the same application there, and each
// would throw the other out.
func (l *layers) checkUnique(prefix string, node Node, others []Node) {
	if node.Name != "" && slices.ContainsFunc(others, func(o Node) bool { return o.Name == node.Name }) {
		l.fault(prefix+".name", fmt.Sprintf("%q is the name of two nodes", node.Name))
	}
	if node.URL != "" && slices.ContainsFunc(others, func(o Node) bool { return o.URL == node.URL }) {
		l.fault(prefix+".url", "is the address of two nodes")
	}
}

// node reads the keys below prefix.
func (l *layers) node(prefix, name string) Node {
	n := Node{
		Name:             name,
		URL:              l.ariURL(prefix + ".url"),
		Username:         l.text(prefix + ".username"),
		Password:         Secret(l.text(prefix + ".password")),
		CAFile:           l.text(prefix + ".ca_file"),
		SpoolDir:         l.text(prefix + ".spool_dir"),
		ExtensionPattern: l.extensionPattern(prefix + ".extension_pattern"),
	}
	switch {
	case l.faulty(prefix + ".username"), l.faulty(prefix + ".password"):
	case n.Username == "" && n.Password != "":
		l.fault(prefix+".username", "is missing for the password")
	case n.Username != "" && n.Password == "":
		l.fault(prefix+".password", fmt.Sprintf("is missing for the user %q", n.Username))
	}
	l.checkCA(prefix+".ca_file", n.CAFile, n.URL)
	return n
}

func (l *layers) ariURL(key string) string {
	text := l.webURL(key)
	if text == "" {
		if l.text(key) == "" {
			l.fault(strings.TrimSuffix(key, ".url"), "the node needs a url")
		}
		return ""
	}
	if u, err := url.Parse(text); err != nil || u.Path == "" {
		l.fault(key, fmt.Sprintf("%q has no path; Asterisk's is %s/ari unless http.conf says otherwise", text, text))
	}
	return text
}

func (l *layers) extensionPattern(key string) *regexp.Regexp {
	text := l.text(key)
	if text == "" {
		return nil
	}
	pattern, err := regexp.Compile(text)
	if err != nil {
		l.fault(key, err.Error())
		return nil
	}
	if pattern.NumSubexp() == 0 {
		l.fault(key, fmt.Sprintf("%q has no group; put the extension's part in parentheses, such as ^99([0-9]+)$", text))
	}
	return pattern
}

const maxCAFile = 4 << 20

// checkCA makes sure that the file with certificates for the address can be used.
func (l *layers) checkCA(key, file, address string) {
	if file == "" {
		return
	}
	if address != "" && !strings.HasPrefix(address, "https:") {
		l.fault(key, "has no effect unless the url begins with https://")
	}
	pem, err := readLimited(file, maxCAFile)
	switch {
	case err != nil:
		l.fault(key, err.Error())
	case !x509.NewCertPool().AppendCertsFromPEM(pem):
		l.fault(key, fmt.Sprintf("%s holds no certificate in PEM form", file))
	}
}
