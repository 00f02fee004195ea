package windows

import (
	"strings"

	"lazaret/internal/detect"
	"lazaret/internal/detect/recent"
	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/share"
	"lazaret/internal/trace"
)

// e8 is a file with a name that WannaCry or NotPetya give. What was refused counts less.
var e8 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "E8", Engine: "behaviour",
		Title:      "File of WannaCry or NotPetya on a share",
		Why:        "These worms encipher what they reach, shares of archives too. Take the source off the network.",
		Innocent:   []string{"An analyst who keeps samples on a share; none is known otherwise."},
		Attack:     []string{"T1486", "T1570"},
		Severity:   detect.Critical,
		Confidence: 0.95,
		Basis:      "analyses of WannaCry by Cylance/BlackBerry, of NotPetya by CrowdStrike",
	},
	Wants: []*event.Schema{share.FilesSchema, share.TriedSchema},
	New: func(_ detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		return func(r *event.Record) {
			h := detect.Hit{Time: r.TS, Service: byShares}
			switch d := r.Body.(type) {
			case *share.FileRecord:
				if h.Topic = worms(d.Path, d.Name); h.Topic == "" || !changes(d) {
					return
				}
				h.Reach, h.Account, h.Facts = trace.Entered, d.User, detect.FactsOf(r, "action", "path", "name", "prev_name", "result", "user")
			case *share.TriedRecord:
				if h.Topic = worms(d.Path, d.Name); h.Topic == "" || d.Disposition == "open" {
					return
				}
				h.Topic += ", not done"
				h.Reach = trace.Touched
				h.Severity, h.Account, h.Facts = detect.High, d.User, detect.FactsOf(r, "action", "path", "name", "prev_name", "status", "user")
			}
			h.Source, h.Target, h.UIDs = r.Conn.Orig.IP, r.Conn.Resp.IP, []string{r.Conn.UID}
			report(h)
		}
	},
}

// changes tells what makes a file from what only looks at it: a file that is there and is
// opened may be what is left of an old attack.
func changes(d *share.FileRecord) bool {
	switch d.Action {
	case "SMB::FILE_WRITE", "SMB::FILE_RENAME":
		return true
	case "SMB::FILE_OPEN":
		return d.Result != "" && d.Result != "opened"
	}
	return false
}

// worms names the worm that gives a file its name; NotPetya's are only telling in ADMIN$.
func worms(path, name string) string {
	base := strings.ToLower(base(name))
	switch {
	case strings.HasSuffix(base, ".wncry"), strings.HasSuffix(base, ".wncryt"), base == "@please_read_me@.txt", base == "@wanadecryptor@.exe",
		base == "tasksche.exe", base == "mssecsvc.exe":
		return "WannaCry"
	case base == "perfc.dat", base == "perfc", base == "dllhost.dat":
		if s, ok := adminShare(path); ok && s == "ADMIN$" {
			return "NotPetya"
		}
	}
	return ""
}

// base is the last part of a path of Windows.
func base(name string) string { return name[strings.LastIndexByte(name, '\\')+1:] }

// ending is what follows the last dot of a name, in small letters; empty if it has none.
func ending(name string) string {
	name = base(name)
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		return strings.ToLower(name[i:])
	}
	return ""
}

// passing are endings of files on their way, which are renamed when they have arrived.
func passing(e string) bool {
	switch e {
	case "", ".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".download", ".writing", ".new":
		return true
	}
	return false
}

// e9 is ransom by any name: files get one new ending one after the other. The same new
// file in many directories is the note that tells how to pay.
var e9 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "E9", Engine: "behaviour",
		Title: "Many files of a share renamed to one new ending",
		Why:   "Ransomware enciphers a share over the network so, often from a single machine. Minutes count.",
		Innocent: []string{"Migration or compression in an archive, by accounts that are known.", "A transfer that renames what has arrived, from an ending that is not known here.",
			"Somebody who renames many files."},
		Attack:     []string{"T1486"},
		Severity:   detect.Medium,
		Confidence: 0.6,
		Basis:      "generic form of ransom on shares: renames to a new ending, and the same note in many directories",
		Numbers: []detect.Number{
			{Name: "files", Value: 50, Min: 5, Unit: "files", Doc: "that get the same new ending", Basis: "proposal"},
			{Name: "window", Value: 60, Min: 1, Unit: "seconds", Doc: "within which they get it", Basis: "proposal"},
			{Name: "notes", Value: 3, Min: 2, Unit: "directories", Doc: "in which a file of the same name is made within ten windows", Basis: "proposal"},
		},
		Judge: func(f *detect.Finding, source, target roles.Role) (detect.Severity, string) {
			switch {
			case f.Severity == detect.High && target.Care():
				return detect.Critical, "examinations stop without a machine of the role " + string(target)
			case f.Severity == detect.Medium && source.Modality():
				return detect.High, "a modality renames no files of others"
			}
			return detect.None, ""
		},
	},
	Wants: []*event.Schema{share.FilesSchema},
	New: func(n detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		x := &ransom{n: n, report: report,
			renamed: recent.NewDistinct[byName, string](n.Seconds("window"), 1024, 256),
			notes:   recent.NewDistinct[byName, string](10*n.Seconds("window"), 4096, 16),
			note:    recent.NewTable[pair, string](10*n.Seconds("window"), maxPairs),
			told:    newGrowth[byName](n.Seconds("window"), 1024)}
		return func(r *event.Record) {
			if d, ok := r.Body.(*share.FileRecord); ok {
				x.add(r, d)
			}
		}
	},
}

// byName is what one machine does to the files of another under one ending or name.
type byName struct {
	pair
	name string
}

// ransom is the memory of e9.
type ransom struct {
	n       detect.Numbers
	report  func(detect.Hit)
	renamed *recent.Distinct[byName, string]
	notes   *recent.Distinct[byName, string]
	note    *recent.Table[pair, string] // a name that was made in many directories
	told    growth[byName]
}

func (x *ransom) add(r *event.Record, d *share.FileRecord) {
	p := caller(r, false)
	switch {
	case d.Action == "SMB::FILE_OPEN" && d.Result == "created":
		b := base(d.Name)
		if len(b) == len(d.Name) || len(b) > 128 || len(d.Name) > 1024 {
			return
		}
		if x.notes.Add(byName{p, b}, d.Name[:len(d.Name)-len(b)], r.TS) >= x.n.Int("notes") {
			x.note.Put(p, b, r.TS)
		}
	case d.Action == "SMB::FILE_RENAME":
		e, old := ending(d.Name), ending(d.PrevName)
		if e == "" || e == old || passing(old) || passing(e) || len(e) > 64 || len(d.PrevName) > 1024 {
			return
		}
		k := byName{p, e}
		c := x.renamed.Add(k, d.PrevName, r.TS)
		if !x.told.news(k, c, x.n.Int("files"), r.TS) {
			return
		}
		h := detect.Hit{Time: r.TS, Source: p.from, Target: p.to, Topic: e, Account: d.User, Service: byShares, UIDs: []string{r.Conn.UID},
			Facts: append(detect.FactsOf(r, "path", "prev_name", "name", "user"), counted("files renamed to this ending", c))}
		if b, ok := x.note.Get(p, r.TS); ok {
			h.Severity, h.Confidence = detect.High, 0.9
			h.Facts = append(h.Facts, detect.Fact{Field: "the same file in many directories", Value: b, Class: event.Pseudo})
		}
		x.report(h)
	}
}
