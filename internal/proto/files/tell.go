package files

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"

	"lazaret/internal/event"
	"lazaret/internal/fuzzy"
	"lazaret/internal/magic"
	"lazaret/internal/pe"
	"lazaret/internal/proto"
)

// tell emits the records of a file and lets it go. A file of which no byte was seen
// has none.
func (f *file) tell(shed bool) {
	k := f.k
	k.remove(f)
	k.used -= f.cost
	if f.info.Key != "" {
		delete(k.named, f.name)
	}
	f.told = true
	if f.seen.seen == 0 {
		return
	}
	complete := f.complete()
	r := &Record{
		FUID: f.fuid, Source: f.info.Source, Depth: f.info.Depth, Declared: f.info.Type, Filename: f.info.Name, User: f.info.User,
		Duration: f.last.Sub(f.first), IsOrig: event.B(f.info.Sender == proto.Orig),
		Seen: uint64(f.seen.seen), Overflow: uint64(f.overflow), Refused: uint64(f.refused), Rewritten: f.rewritten,
		GivenUp: shed, TimedOut: !shed && !complete && (f.open > 0 || f.info.Key != ""), UIDs: f.conns,
	}
	f.sizes(r, complete)
	f.hashes(r, complete)
	f.content(r, complete)
	k.k.Emit(f.first, f.conn, r)
	if r.Image != nil {
		k.k.Emit(f.first, f.conn, program(f.fuid, r.Image))
	}
	f.kept, f.ahead, f.md5, f.sha, f.part = nil, nil, nil, nil, nil
}

// sizes tells how much of the file was seen and what is missing.
func (f *file) sizes(r *Record, complete bool) {
	size := f.size
	if size < 0 && f.ended && f.missing == 0 {
		size = f.seen.end()
	}
	if f.size >= 0 {
		r.Total = event.N(f.size)
	}
	if complete {
		return
	}
	before := int64(0)
	f.seen.holes(max(size, f.seen.end()), func(from, to int64) {
		if to <= f.seen.end() {
			before += to - from
		}
		if len(r.Gaps) < maxGaps {
			r.Gaps = append(r.Gaps, strconv.FormatInt(from, 10)+"-"+strconv.FormatInt(to-1, 10))
		}
	})
	r.Missing = uint64(max(f.missing, before))
}

// hashes gives the hashes of the whole, or of the pieces that were seen.
func (f *file) hashes(r *Record, complete bool) {
	end := f.seen.end()
	switch {
	case complete && int64(len(f.kept)) == end && (f.rewritten || f.broken):
		m, s := md5.Sum(f.kept), sha256.Sum256(f.kept)
		r.MD5, r.SHA256 = hex.EncodeToString(m[:]), hex.EncodeToString(s[:])
	case complete && !f.broken && !f.rewritten && f.next == end && f.md5 != nil:
		r.MD5, r.SHA256 = hex.EncodeToString(f.md5.Sum(nil)), hex.EncodeToString(f.sha.Sum(nil))
	default:
		f.breaks()
		r.Pieces = f.pieces
	}
	if r.MD5 != "" {
		r.Analyzers = []string{"MD5", "SHA256"}
	}
}

// content says what the file is, and keeps of it what rules want.
func (f *file) content(r *Record, complete bool) {
	n := int64(0)
	f.seen.each(func(x span) {
		if x.from == 0 {
			n = min(x.to, int64(len(f.kept)))
		}
	})
	kind := magic.Within(f.kept[:n])
	r.MIME = kind.Media()
	r.Runs = kind.Runs()
	if kind == magic.DICOM {
		if p := magic.Preamble(f.kept[:n]); p != magic.Zero && p != magic.No {
			r.Preamble = string(p)
			r.Runs = p.Runs()
		}
	}
	if kind == magic.DICOM || kind == magic.DICOMMeta {
		r.within(f.kept[:n])
	}
	r.Content, r.Whole = f.kept, complete && int64(len(f.kept)) == f.seen.end()
	if !r.Runs || n < magic.Head && !complete {
		return
	}
	seen := func(off, n int) bool { return f.seen.has(int64(off), int64(off+n)) }
	size := f.size
	if size < 0 && complete {
		size = f.seen.end()
	}
	if img, err := pe.Read(pe.File{Bytes: f.kept, Size: size, Seen: seen}); err == nil {
		r.Image = img
		r.Analyzers = append(r.Analyzers, "PE")
	}
	if r.Whole {
		var d fuzzy.Digest
		d.Write(f.kept)
		if h, ok := d.Sum(); ok {
			r.TLSH = h.String()
		}
	}
	r.sketch = f.sketch(r)
}

// program puts the facts of a PE file into its record.
func program(fuid string, m *pe.Image) *PE {
	r := &PE{
		ID: fuid, Machine: m.Machine, Compiled: event.Time(m.Compiled) * 1e9, OS: m.OS, Subsystem: m.Subsystem,
		IsExe: m.IsExe, Is64Bit: m.Is64Bit, ASLR: m.UsesASLR, DEP: m.UsesDEP, Integrity: m.UsesCodeIntegrity, SEH: m.UsesSEH,
		SectionNames: m.SectionNames, DLL: m.IsDLL, ImpHash: m.ImportHash, RichHash: m.RichHash, Libraries: m.Libraries,
		ExportName: m.ExportName, Company: m.Version.Company, Original: m.Version.OriginalName, Version: m.Version.FileVersion, Partial: m.Partial,
	}
	if m.Optional {
		r.ImportTable, r.ExportTable = event.B(m.HasImportTable), event.B(m.HasExportTable)
		r.CertTable, r.DebugData = event.B(m.HasCertTable), event.B(m.HasDebugData)
	}
	if m.Overlay >= 0 {
		r.Overlay = event.N(m.Overlay)
	}
	for _, s := range m.Sections {
		r.Sections = append(r.Sections, s.SHA256)
		r.Entropy = append(r.Entropy, fmt.Sprintf("%.2f", s.Entropy))
	}
	return r
}
