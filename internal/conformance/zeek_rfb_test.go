package conformance

import "lazaret/internal/proto/rfb"

// zeekRFB is what both say about VNC.
func zeekRFB() *speech {
	return &speech{log: "rfb", keys: []string{"id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p"},
		fields: fieldsOf(rfb.Schema, "security_types"), same: func(_ string, a, b any) bool { return alike(a, b) }}
}

const zRFBRoles = "The capture begins in the middle: Zeek does not see the server's version from the side it takes for the client"

// zeekRFBRows explains where Zeek's log of VNC and ours differ.
var zeekRFBRows = []row{
	{[]string{"*TightVNC*"}, "rfb", "extra", "", 1, zRFBRoles},
}
