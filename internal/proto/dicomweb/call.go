package dicomweb

import (
	"slices"
	"strconv"
	"strings"

	"lazaret/internal/charset"
	"lazaret/internal/dataset"
	"lazaret/internal/event"
	"lazaret/internal/rest"
)

// call is what a request asks for, by its method and target.
type call struct {
	service string // empty if it is no call of a DICOM web service
	level   string
	sure    bool // UIDs or parameters stand where the grammar wants them
	query   string
	study   string
	series  string
	object  string
}

// callOf reads a target (PS3.18 8.2, 9.1.1 and 10.1.1). Everything before the first
// word of the grammar is the service's own path.
func callOf(method, target string) (c call) {
	path, query := rest.Split(target)
	if c.query = query; query != "" && c.uri(query) {
		return c
	}
	var room [12]string
	seg := rest.Segments(path, room[:])
	for i, s := range seg {
		switch s {
		case "studies":
			c.resource(seg[i+1:])
		case "series", "instances":
			// Searches among all of them have no word before (PS3.18 10.6.1).
			if i < len(seg)-1 || method != "GET" {
				return call{query: query}
			}
			c.service, c.level = "qido", s
			return c
		case "workitems":
			c.workitem(seg[i+1:])
			return c
		default:
			continue
		}
		c.act(method)
		return c
	}
	return c
}

// uri reads the parameters of WADO-URI (PS3.18 9.1.2).
func (c *call) uri(query string) bool {
	wado := false
	rest.Pairs(query, func(name, value string) bool {
		switch strings.ToLower(name) {
		case "requesttype":
			wado = strings.EqualFold(value, "WADO")
		case "studyuid":
			c.study = value
		case "seriesuid":
			c.series = value
		case "objectuid":
			c.object = value
		}
		return true
	})
	if c.sure = wado && isUID(c.object); !c.sure {
		c.study, c.series, c.object = "", "", ""
		return false
	}
	c.service, c.level, c.query = "wado-uri", "instances", ""
	return true
}

func isUID(s string) bool {
	return len(s) > 2 && len(s) <= 64 && strings.IndexByte(s, '.') > 0 && dataset.IsUID([]byte(s))
}

// resource reads what follows "studies" (PS3.18 10.1.1). The level is that of the last
// word.
func (c *call) resource(seg []string) {
	c.service, c.level = "qido", "studies"
	to, leaf := &c.study, false
	for _, s := range seg {
		switch {
		case leaf: // numbers of frames, paths of bulk data
		case to != nil && isUID(s):
			*to, to, c.sure = s, nil, true
			c.service = "wado-rs"
		case c.study == "":
			c.service = "" // the grammar wants a UID first
			return
		case s == "series":
			c.service, c.level, to = "qido", s, &c.series
		case s == "instances":
			c.service, c.level, to = "qido", s, &c.object
		case s == "metadata", s == "rendered", s == "thumbnail", s == "frames", s == "bulkdata", s == "pixeldata":
			c.service, c.level, leaf = "wado-rs", s, true
		default:
			c.service = ""
			return
		}
	}
}

// act is what the method makes of a resource (PS3.18 10.4 to 10.6).
func (c *call) act(method string) {
	if c.service == "" {
		return
	}
	switch method {
	case "POST", "PUT":
		c.service = "stow"
	case "DELETE":
		c.service = "delete"
	case "OPTIONS":
		c.service = "capabilities"
	case "GET", "HEAD", "":
	default:
		*c = call{query: c.query}
	}
}

// workitem reads what follows "workitems" (PS3.18 11.1).
func (c *call) workitem(seg []string) {
	c.service, c.level = "ups", "workitems"
	if len(seg) > 0 {
		c.sure = isUID(seg[0])
		if !c.sure {
			c.service = ""
		}
	}
}

// hash enters the keyed hashes of the UIDs of a call.
func (a *analyzer) hash(rec *Record, c *call) {
	for _, h := range []struct {
		to         *string
		kind, from string
	}{{&rec.Study, "study", c.study}, {&rec.Series, "series", c.series}, {&rec.Instance, "instance", c.object}} {
		if h.from != "" && *h.to == "" {
			*h.to = a.f.Pseudonym(h.kind, []byte(h.from))
		}
	}
}

// search enters what a search asked for (PS3.18 8.3.4). Of the values nothing leaves
// this function but numbers, whether there are wild cards, and hashes.
func (a *analyzer) search(rec *Record, query string) {
	rest.Pairs(query, func(name, value string) bool {
		switch name {
		case "limit":
			rec.Limit = number(value)
		case "offset":
			rec.Offset = number(value)
		case "fuzzymatching":
			rec.Fuzzy = value == "true"
		case "includefield":
			rec.Include = true
		case "orderby", "accept", "charset", "_", "access_token":
		default:
			key := keyword(name)
			rec.QueryKeys = rest.AddDistinct(rec.QueryKeys, key, maxListed)
			if strings.ContainsAny(value, "*?") {
				rec.Wildcard = true
				return true
			}
			a.exact(rec, key, value)
		}
		return true
	})
	slices.Sort(rec.QueryKeys)
}

// exact enters the hash of a value that names one patient or object.
func (a *analyzer) exact(rec *Record, key, value string) {
	to, kind := (*string)(nil), ""
	switch key {
	case "PatientID":
		to, kind = &rec.Patient, "patient"
	case "AccessionNumber":
		to, kind = &rec.Accession, "accession"
	case "StudyInstanceUID":
		to, kind = &rec.Study, "study"
	case "SeriesInstanceUID":
		to, kind = &rec.Series, "series"
	case "SOPInstanceUID":
		to, kind = &rec.Instance, "instance"
	}
	v := charset.Trim([]byte(value))
	if to != nil && *to == "" && len(v) > 0 && len(v) <= dataset.MaxValue && !strings.ContainsAny(value, ",\\") {
		*to = a.f.Pseudonym(kind, v)
	}
}

// keyword is the name of a query key: the PS3.6 keyword of what is an attribute, the
// last one of a path within sequences, and other for what is not known.
func keyword(name string) string {
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		name = name[i+1:]
	}
	if len(name) == 8 {
		if n, err := strconv.ParseUint(name, 16, 32); err == nil {
			name = dataset.KeyOf(dataset.Tag(n)).Name
		}
	}
	if dataset.IsKey(name) {
		return name
	}
	return "other"
}

func number(s string) (c event.Count) {
	if n, err := strconv.ParseUint(s, 10, 32); err == nil {
		c = event.N(n)
	}
	return c
}
