package conformance

import "lazaret/internal/share"

// zeekSMBMapping is what both say about shares.
func zeekSMBMapping() *speech {
	return &speech{log: "smb_mapping", keys: []string{"id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p"},
		fields: fieldsOf(share.MappingSchema, "user", "encrypted"),
		same:   func(_ string, a, b any) bool { return alike(a, b) }}
}

// zeekSMBMappingRows is empty: all that Zeek says of shares is said here.
var zeekSMBMappingRows = []row{}
