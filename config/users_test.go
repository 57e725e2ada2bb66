package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/config"
)

func TestUsers(t *testing.T) {
	c := load(t, fromFile(t, `
access:
  users:
  - {username: ann, extensions: ["41*", 0420], tags: ["order, urgent", " a ", 'b*']}
  - username: Ann Büro
    extensions: north-office
    tags: a,b
    private: true
  - {username: "*", private: false, tags: ~}
`))
	require.Equal(t, []config.User{
		{Username: "ann", Extensions: []string{"41*", "0420"}, Tags: []string{"order, urgent", " a ", "b*"}},
		{Username: "Ann Büro", Extensions: []string{"north-office"}, Tags: []string{"a,b"}, Private: true},
		{Username: "*"},
	}, c.Access.Users)
	require.True(t, c.Auth.Local, "what users may hear is no credential")
}

func TestFaultyUsersAreAllListed(t *testing.T) {
	long := strings.Repeat("x", 256)
	opts := fromFile(t, `access:
  users:
  - {}
  - {username: ann, tag: x}
  - {username: ann, private: perhaps}
  - {username: "a*", extensions: [], tags: [""]}
  - {username: "a\nb", extensions: {a: b}, tags: [a, [b]]}
  - {username: bob, extensions: ["`+long+`"], tags: ["a\0b"]}
  - ~
`)
	want := []string{
		`access.users.1.tag: unknown key; did you mean tags? (4)`,
		`access.users.4.extensions: must be a list of values (7)`,
		`access.users.4.tags: must be a list of values (7)`,
		`access.users.6: must hold username, extensions, tags, private (9)`,
		`access.users.0.username: is missing (3)`,
		`access.users.2.private: "perhaps" is neither true nor false (5)`,
		`access.users.2.username: "ann" has two rules; join them (5)`,
		`access.users.3.username: "a*" is no pattern; write a username, or * for everyone who has no rule of their own (6)`,
		`access.users.3.extensions: is empty, which would mean all; remove the key, or the whole rule (6)`,
		`access.users.3.tags: "" must be 1 to 255 characters without control characters (6)`,
		`access.users.4.username: "a\nb" must be 1 to 255 characters without control characters (7)`,
		fmt.Sprintf(`access.users.5.extensions: "%s" must be 1 to 255 characters without control characters (8)`, long),
		`access.users.5.tags: "a\x00b" must be 1 to 255 characters without control characters (8)`,
	}
	require.Equal(t, strings.Join(want, "\n"), strings.ReplaceAll(faults(t, opts).Error(), opts.File+":", ""))
}

func TestListsThatAreNone(t *testing.T) {
	for _, yaml := range []string{"auth: {keys: crm}", "auth: {keys: {name: crm}}", "access: {users: ann}", "access: {users: {username: ann}}"} {
		all := faults(t, fromFile(t, yaml))
		require.Len(t, all, 1, "%v", all)
		require.Equal(t, "must be a list", all[0].Text)
	}
}
