// Package faults breaks what the service depends on, and the service itself, and holds it to its word: a Ledger writes down
// every recording that was acknowledged, and judges what has become of each. The tests are this package's; the soak below it
// does the same at random for half an hour.
package faults
