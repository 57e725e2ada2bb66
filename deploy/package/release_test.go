package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var committed = time.Date(2026, 11, 25, 1, 47, 9, 0, time.UTC)

func TestPackageVersion(t *testing.T) {
	for _, c := range []struct {
		description string
		changed     bool
		want        string
	}{
		{"", false, "0.0.0~git20261125014709.27bf9d3"},
		{"", true, "0.0.0~git20261125014709.27bf9d3+dirty"},
		{"v1.2.0-0-g27bf9d3", false, "1.2.0"},
		{"v1.2.0-5-g27bf9d3", false, "1.2.0+5.g27bf9d3"},
		{"v1.2.0-0-g27bf9d3", true, "1.2.0+dirty"},
		{"v1.2.0-rc.1-0-g27bf9d3", false, "1.2.0~rc.1"},
		{"v1.2.0-rc-1-3-g27bf9d3", false, "1.2.0~rc.1+3.g27bf9d3"},
	} {
		require.Equal(t, c.want, packageVersion(c.description, "27bf9d3", committed, c.changed), "%+v", c)
	}
}
