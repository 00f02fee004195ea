package rest

import "strings"

// Login is the kind of credentials that an Authorization field holds (RFC 9110
// 11.4): "basic", "bearer", "digest", "negotiate", "other", or empty for none. The
// credentials themselves are not looked at.
func Login(authorization string) string {
	scheme, _, _ := strings.Cut(authorization, " ")
	switch scheme = strings.ToLower(scheme); scheme {
	case "", "basic", "bearer", "digest", "negotiate":
		return scheme
	}
	return "other"
}
