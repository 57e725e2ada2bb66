package rest

import (
	"strings"
	"unicode"

	"ari-recorder/pkg/recording"
)

// maxName bounds what of a tag goes into a file's name, in characters: file systems take 255 bytes.
const maxName = 40

// disposition names the file by tag and id: in ASCII for old clients and, where that loses something, as it is (RFC 6266).
func disposition(r *recording.Recording) string {
	plain, full := fileName(r, isPlain), fileName(r, isHarmless)
	text := `attachment; filename="` + plain + `"`
	if plain != full {
		text += "; filename*=UTF-8''" + encode(full)
	}
	return text
}

func fileName(r *recording.Recording, allowed func(rune) bool) string {
	tag := []rune(r.Tag)
	if len(tag) > maxName {
		tag = tag[:maxName]
	}
	for i, c := range tag {
		if !allowed(c) || c == '.' && i == 0 {
			tag[i] = '_'
		}
	}
	return string(tag) + "-" + r.ID + ".wav"
}

func isPlain(c rune) bool {
	return c < unicode.MaxASCII && (isLetterOrDigit(byte(c)) || strings.ContainsRune("-_. ", c))
}

// isHarmless leaves out what is special to a file system, or turns the direction of what people read.
func isHarmless(c rune) bool {
	return unicode.IsPrint(c) && !strings.ContainsRune(`/\:*?"<>|`, c)
}

func isLetterOrDigit(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// encode writes an ext-value of RFC 8187.
func encode(text string) string {
	const hex = "0123456789ABCDEF"
	var out strings.Builder
	for _, b := range []byte(text) {
		if isLetterOrDigit(b) || strings.IndexByte("-_.", b) >= 0 {
			out.WriteByte(b)
			continue
		}
		out.Write([]byte{'%', hex[b>>4], hex[b&15]})
	}
	return out.String()
}
