// Package e2e holds the end-to-end tests: the service's own binary beside a real Asterisk, real phones and real databases,
// seen from outside only. There is nothing else in it.
package e2e
