package access

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"net/netip"
	"strings"
)

// Key is a credential as the configuration has it: the secret itself is known to its holder only.
type Key struct {
	Name     string // of whom or what it was given to; in timelines and the audit trail
	Hash     string // of the secret, see HashOf
	Scopes   []Scope
	Networks []netip.Prefix // from which it may be used; empty: from anywhere
}

// SecretPrefix is what every secret begins with. It lets scanners for leaked credentials, and people, see what a secret is for.
const SecretPrefix = "arik_"

// secretDigits have no 0, 1, 8 and 9, which look like letters, and nothing that a double click stops at.
var secretDigits = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NewKey makes a secret of 256 random bits.
func NewKey() (secret string) {
	var bits [32]byte
	_, _ = rand.Read(bits[:]) // never fails: without randomness the process ends
	return SecretPrefix + secretDigits.EncodeToString(bits[:])
}

const hashPrefix = "sha256:"

// HashOf is what the configuration keeps of a secret: "sha256:" and its digest in lower-case hex. A secret of 256 random
// bits cannot be guessed, so nothing slower is needed.
func HashOf(secret string) string {
	digest := sha256.Sum256([]byte(secret))
	return hashPrefix + hex.EncodeToString(digest[:])
}

// CheckHash tells what is wrong with a hash in a configuration. The error does not repeat it: it may be a secret that was
// pasted into the wrong place.
func CheckHash(hash string) error {
	_, err := parseHash(hash)
	return err
}

func parseHash(hash string) (digest [sha256.Size]byte, err error) {
	if strings.HasPrefix(hash, SecretPrefix) {
		return digest, errors.New("is a key itself; only its hash belongs here, sha256: and 64 hexadecimal digits")
	}
	text, ok := strings.CutPrefix(hash, hashPrefix)
	if !ok || len(text) != hex.EncodedLen(len(digest)) || text != strings.ToLower(text) {
		return digest, errors.New("must be sha256: and 64 lower-case hexadecimal digits")
	}
	if _, err := hex.Decode(digest[:], []byte(text)); err != nil {
		return digest, errors.New("must be sha256: and 64 lower-case hexadecimal digits")
	}
	return digest, nil
}
