package config

import "strconv"

// checkExposure makes sure that nobody but this machine can reach a service that cannot ask for credentials, unless
// someone wrote down that this is meant.
func (l *layers) checkExposure(http HTTP) {
	if text := l.text("auth.required"); text != "" {
		required, err := strconv.ParseBool(text)
		switch {
		case err != nil:
			l.fault("auth.required", strconv.Quote(text)+" is neither true nor false")
		case required:
			l.fault("auth.required", "true is not supported by this version: it has no credentials to check; "+
				"listen on a loopback address, or write false to let everyone in who can reach it")
		}
		return
	}
	if l.faulty("auth.required") {
		return
	}
	const remedy = " and this version has no credentials to check; write auth.required: false if everyone who can reach it may record and listen"
	if http.Listen != "" && !isLocal(http.Listen) {
		l.fault("http.listen", strconv.Quote(http.Listen)+" can be reached from other machines"+remedy+", or listen on 127.0.0.1")
	}
	for _, key := range []string{"http.public_url", "http.trusted_proxies"} {
		if l.text(key) != "" {
			l.fault(key, "says that other machines reach the service"+remedy)
		}
	}
}

// refuseLater refuses keys of the contract of which this version knows no value at all.
func (l *layers) refuseLater() {
	for _, later := range []struct{ key, instead string }{
		{"http.tls.cert_file", "let a proxy in front of the service speak TLS"},
		{"http.tls.key_file", "let a proxy in front of the service speak TLS"},
		{"auth.keys", "guard the service by its network"},
		{"access.users", "know that every username is let through and written down"},
		{"limits.per_key", "let a proxy in front of the service limit requests"},
		{"limits.per_address", "let a proxy in front of the service limit requests"},
	} {
		if l.text(later.key) != "" {
			l.fault(later.key, "is not supported by this version; remove it, and "+later.instead)
		}
	}
}
