package intel

import (
	"fmt"
	"slices"

	"lazaret/internal/event"
)

// how says how the values of a column are read.
type how uint8

const (
	asOrig how = iota
	asResp
	asName   // a domain or an address, perhaps with a port
	asAnswer // what DNS answers: addresses and names
	asTarget // the target of an HTTP request, with the column host
	asMail
	asText // as it is
	asFold // in small letters
	asFile // the last name of a path, in small letters
	asHex  // hexadecimal digits
	asJA4
)

// Field says with which column of which log kinds of indicators are compared, and how
// many steps the severity is lower than the list's or the kind's, but for what the
// answer takes: see outcome.
type Field struct {
	Log, Column string
	Kinds       []Kind
	Steps       int
	Optional    bool // the log may be without it

	how   how
	where [2]string // a column that must have a value, if any
}

// Fields is the table of what is compared with what.
func Fields() []Field { return slices.Clone(fields) }

var names2 = []Kind{Domain, Address}

var fields = []Field{
	{Log: "conn", Column: "id.orig_h", Kinds: []Kind{Address, Network}, Steps: 1, how: asOrig},
	{Log: "conn", Column: "id.resp_h", Kinds: []Kind{Address, Network}, how: asResp},
	{Log: "dns", Column: "query", Kinds: []Kind{Domain}, how: asName},
	{Log: "dns", Column: "answers", Kinds: []Kind{Address, Network, Domain}, Steps: 1, how: asAnswer},
	{Log: "http", Column: "host", Kinds: names2, how: asName},
	{Log: "http", Column: "uri", Kinds: []Kind{URL, Domain}, how: asTarget},
	{Log: "http", Column: "user_agent", Kinds: []Kind{UserAgent}, how: asText},
	{Log: "ssl", Column: "server_name", Kinds: []Kind{SNI, Domain}, how: asName},
	{Log: "ssl", Column: "cert_chain_fps", Kinds: []Kind{Certificate}, how: asHex},
	{Log: "ssl", Column: "client_cert_chain_fps", Kinds: []Kind{Certificate}, how: asHex},
	{Log: "ssl", Column: "ja3", Kinds: []Kind{JA3}, how: asHex},
	{Log: "ssl", Column: "ja3s", Kinds: []Kind{JA3S}, how: asHex},
	{Log: "ssl", Column: "ja4", Kinds: []Kind{JA4}, how: asJA4},
	{Log: "quic", Column: "server_name", Kinds: []Kind{SNI, Domain}, how: asName},
	{Log: "x509", Column: "fingerprint", Kinds: []Kind{Certificate}, how: asHex},
	{Log: "x509", Column: "san.dns", Kinds: []Kind{Domain}, Steps: 1, how: asName},
	{Log: "ssh", Column: "hassh", Kinds: []Kind{HASSH}, how: asHex},
	{Log: "ssh", Column: "hassh_server", Kinds: []Kind{HASSHServer}, how: asHex},
	{Log: "smtp", Column: "helo", Kinds: []Kind{Domain}, Steps: 1, how: asName},
	{Log: "smtp", Column: "mailfrom", Kinds: []Kind{Email, Domain}, how: asMail},
	{Log: "smtp", Column: "from", Kinds: []Kind{Email, Domain}, how: asMail},
	{Log: "smtp", Column: "reply_to", Kinds: []Kind{Email, Domain}, how: asMail},
	{Log: "smtp", Column: "user_agent", Kinds: []Kind{UserAgent}, how: asText},
	{Log: "files", Column: "md5", Kinds: []Kind{MD5}, how: asHex},
	{Log: "files", Column: "sha1", Kinds: []Kind{SHA1}, Optional: true, how: asHex},
	{Log: "files", Column: "sha256", Kinds: []Kind{SHA256}, how: asHex},
	{Log: "files", Column: "filename", Kinds: []Kind{FileName}, how: asFile},
	{Log: "pe", Column: "imphash", Kinds: []Kind{ImpHash}, how: asHex},
	{Log: "smb_files", Column: "name", Kinds: []Kind{FileName}, how: asFile},
	{Log: "smb_files", Column: "prev_name", Kinds: []Kind{FileName}, how: asFile},
	{Log: "smb_tried", Column: "name", Kinds: []Kind{FileName}, Steps: 1, how: asFile},
	{Log: "ftp", Column: "arg", Kinds: []Kind{FileName}, how: asFile},
	{Log: "tftp", Column: "file", Kinds: []Kind{FileName}, how: asFile},
	{Log: "dicom", Column: "calling_ae", Kinds: []Kind{AETitle}, how: asText},
	{Log: "dicom", Column: "called_ae", Kinds: []Kind{AETitle}, how: asText},
	{Log: "dicom_op", Column: "move_destination", Kinds: []Kind{AETitle}, how: asText},
	{Log: "dns_sd", Column: "ae_title", Kinds: []Kind{AETitle}, how: asText},
	{Log: "dce_rpc", Column: "target", Kinds: []Kind{Service}, how: asFold, where: [2]string{"endpoint", "svcctl"}},
	{Log: "dce_rpc", Column: "display_name", Kinds: []Kind{Service}, how: asFold, where: [2]string{"endpoint", "svcctl"}},
}

// together says whether some log has all terms in one record. Addresses and ports of
// its conversation are known of every record that belongs to one.
func together(terms []term) bool {
	for i := range fields {
		log, all := fields[i].Log, true
		for _, t := range terms {
			switch t.kind {
			case portOnly, pathEnd, Address, Network:
			default:
				all = all && slices.ContainsFunc(fields, func(f Field) bool { return f.Log == log && slices.Contains(f.Kinds, t.kind) })
			}
		}
		if all {
			return true
		}
	}
	return false
}

// column is a field of one log with the way to it.
type column struct {
	*Field
	access event.Access
	host   event.Access // of asTarget
}

// plan is what is looked at in the records of one log.
type plan struct {
	schema *event.Schema
	wanted []column // of kinds that the set has
	all    []column
}

// plans finds the columns. A log or column that the table names and nobody has is an
// error: nothing would ever be found in it.
func plans(set *Set, logs []*event.Schema) (map[*event.Schema]*plan, error) {
	out := map[*event.Schema]*plan{}
	byName := map[string]*plan{}
	for _, s := range logs {
		byName[s.Name] = &plan{schema: s}
	}
	for i := range fields {
		f := &fields[i]
		p := byName[f.Log]
		if p == nil {
			return nil, fmt.Errorf("intel: there is no log %s", f.Log)
		}
		a, ok := p.schema.Access(f.Column)
		if !ok {
			if f.Optional {
				continue
			}
			return nil, fmt.Errorf("intel: log %s has no column %s", f.Log, f.Column)
		}
		c := column{Field: f, access: a}
		if f.how == asTarget {
			c.host, _ = p.schema.Access("host")
		}
		p.all = append(p.all, c)
		if slices.ContainsFunc(f.Kinds, func(k Kind) bool { return set.Count(k) > 0 }) {
			p.wanted = append(p.wanted, c)
			out[p.schema] = p
		}
	}
	return out, nil
}
