package sensor

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
)

// pseudonyms turns patient data into keyed hashes. The key stays on the site:
// without it a hash cannot be tried against a list of names or numbers.
type pseudonyms struct{ mac hash.Hash }

func newPseudonyms(key []byte) pseudonyms { return pseudonyms{hmac.New(sha256.New, key)} }

// Pseudonym is the keyed hash of a value as records have it, for what is told outside of
// them; see proto.Flow.
func Pseudonym(key []byte, kind string, value []byte) string {
	return newPseudonyms(key).of(kind, value)
}

// of is HMAC-SHA-256 over kind, a zero byte and the value, cut to 128 bits. An
// empty value has no pseudonym.
func (p pseudonyms) of(kind string, v []byte) string {
	if len(v) == 0 {
		return ""
	}
	p.mac.Reset()
	p.mac.Write([]byte(kind))
	p.mac.Write([]byte{0})
	p.mac.Write(v)
	var sum [sha256.Size]byte
	return hex.EncodeToString(p.mac.Sum(sum[:0])[:16])
}
