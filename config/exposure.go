package config

import "strconv"

const newKey = "make a key with ari-recorder keys new NAME, and write its line under auth.keys"

// exposed tells whether other machines are meant to reach the service.
func exposed(http HTTP) bool {
	return !isLocal(http.Listen) || http.PublicURL != "" || len(http.TrustedProxies) > 0
}

// refuseExposure makes sure that nobody but this machine can reach a service that has no credentials to ask for, unless
// someone wrote down that this is meant.
func (l *layers) refuseExposure(http HTTP) {
	const remedy = ", and there are neither auth.keys nor legacy.networks; " + newKey +
		", or write auth.required: false if everyone who can reach it may record and listen"
	if http.Listen != "" && !isLocal(http.Listen) {
		l.fault("http.listen", strconv.Quote(http.Listen)+" can be reached from other machines"+remedy+", or listen on 127.0.0.1")
	}
	for _, key := range []string{"http.public_url", "http.trusted_proxies"} {
		if l.text(key) != "" {
			l.fault(key, "says that other machines reach the service"+remedy)
		}
	}
}
