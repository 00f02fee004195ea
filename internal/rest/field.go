package rest

import "lazaret/internal/charset"

// Field is the value of a header field, fit for a record and cut at n bytes; empty
// if there is none. get may be nil.
func Field(get func(name string) string, name string, n int) string {
	if get == nil {
		return ""
	}
	v := get(name)
	return charset.Plain([]byte(v[:min(len(v), n)]), n)
}
