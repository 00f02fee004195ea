package kwampirs

import (
	"bytes"
	"strings"

	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/lru"
	"lazaret/internal/netid"
	"lazaret/internal/proto/files"
)

// k5 are the keys of the backdoor within a program that moves. Each copy has another run
// of bytes put in its middle, so its hash changes from host to host; the keys do not.
var k5 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "K5", Engine: "behaviour",
		Title:      "Keys of the Kwampirs backdoor in a program",
		Why:        "The program that moves here holds keys with which the backdoor hides its strings, its library or its reports.",
		Innocent:   []string{"A virus scanner or a tool of analysts that holds the same bytes in a program of its own, sent by the server that spreads it."},
		Attack:     []string{"T1570", "T1027.001", "T1021.002"},
		Severity:   detect.Medium,
		Confidence: 0.6,
		Basis:      "FBI CP-000118-MW and Symantec: constants published for detection; two of them, as those rules ask for, are high",
		Judge:      infectedFile,
	},
	Wants: []*event.Schema{files.Schema},
	New: func(_ detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		known := lru.New[program, uint8](maxFiles)
		return func(r *event.Record) {
			d, ok := r.Body.(*files.Record)
			if !ok || len(d.Content) < len(stringKey) || !d.Runs && d.Image == nil && !bytes.HasPrefix(d.Content, []byte("MZ")) {
				return
			}
			one := program{d.SHA256, len(d.Content)}
			found, seen := known.Touch(one)
			if !seen || d.SHA256 == "" { // each program is searched once, as far as it was kept
				found = keysIn(d.Content, d.Whole)
			}
			if d.SHA256 != "" && !seen {
				known.Put(program{strings.Clone(d.SHA256), one.kept}, found)
			}
			if found == 0 {
				return
			}
			h := detect.Hit{Time: r.TS, UIDs: []string{r.Conn.UID}, Account: d.User,
				Facts: append([]detect.Fact{{Field: "keys", Value: keyNames(found)}},
					detect.FactsOf(r, "filename", "source", "sha256", "family", "seen_bytes", "missing_bytes", "refused_bytes", "user")...)}
			h.Source, h.Target = movedBy(r.Conn, d)
			if found&(found-1) != 0 {
				h.Severity, h.Confidence = detect.High, 0.95
			}
			report(h)
		}
	},
}

// program is a file by its hash, and how much of it was kept.
type program struct {
	sha256 string
	kept   int
}

// maxFiles is how many programs are remembered as searched.
const maxFiles = 8192

// keys are the constants, in the order of the bits of what was found.
var keys = [...]struct{ name, value string }{
	{"string key", stringKey}, {"resource key", resourceKey}, {"beacon key", beaconKey},
	{"download key", downloadKey}, {"hash file key", hashfileKey}, {"RSA modulus", rsaModulus},
}

// minCut is the least of a key at the end of what was kept of a file that tells it: by
// chance eight bytes agree once in 1.8e19.
const minCut = 8

// keysIn finds constants in a file, of which whole says that all of it was kept. One that
// is cut off by the end of what was kept counts.
func keysIn(b []byte, whole bool) (found uint8) {
	for i, k := range keys {
		if bytes.Contains(b, []byte(k.value)) {
			found |= 1 << i
			continue
		}
		for n := len(k.value) - 1; n >= minCut && !whole; n-- {
			if bytes.HasSuffix(b, []byte(k.value[:n])) {
				found |= 1 << i
				break
			}
		}
	}
	return found
}

func keyNames(found uint8) string {
	var out []string
	for i, k := range keys {
		if found&(1<<i) != 0 {
			out = append(out, k.name)
		}
	}
	return strings.Join(out, ", ")
}

// infectedFile judges a program that moves, by both ends.
func infectedFile(f *detect.Finding, source, target roles.Role) (detect.Severity, string) {
	if target.Care() && f.Severity == detect.High {
		return detect.Critical, "examinations depend on the device that got it"
	}
	return infectedDevice(f, source, target)
}

// movedBy are who sent a file and who got it.
func movedBy(c *event.Conn, d *files.Record) (from, to netid.IP) {
	if d.IsOrig.OK && !d.IsOrig.V {
		return c.Resp.IP, c.Orig.IP
	}
	return c.Orig.IP, c.Resp.IP
}
