package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// object describes one DICOM instance to be built.
type object struct {
	host     *Host
	study    study
	series   int
	instance int
	sop      string // replaces the SOP class of the equipment
	rows     int    // replaces rows and columns, 0: as the equipment says
	cols     int
}

func (o object) uid() string {
	return fmt.Sprintf("%s.%d.%d", o.seriesUID(), o.study.number, o.instance)
}

func (o object) seriesUID() string {
	return fmt.Sprintf("%s.30%d.%d", o.host.equip.root, o.series, o.study.number+1)
}

// makeObject writes a DICOM file with dump2dcm and returns its path.
func (l *Lab) makeObject(o object) (string, error) {
	e := o.host.equip
	if o.rows == 0 {
		o.rows, o.cols = e.rows, e.cols
	}
	base := filepath.Join(l.dir, fmt.Sprintf("%s-%d-%d-%d", o.host.Name, o.study.number, o.series, o.instance))
	if err := os.WriteFile(base+".raw", pixels(o), 0o644); err != nil {
		return "", err
	}
	if err := os.WriteFile(base+".dump", []byte(dumpText(o, base+".raw")), 0o644); err != nil {
		return "", err
	}
	_, err := l.must(nil, "dump2dcm", "-q", "+te", base+".dump", base+".dcm")
	return base + ".dcm", err
}

// makeSeries builds n instances of one series.
func (l *Lab) makeSeries(o object, n int) (files []string, err error) {
	for i := range n {
		o.instance = i + 1
		f, err := l.makeObject(o)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

// pixels makes a slow slope: realistic in size, small after compression.
func pixels(o object) []byte {
	e := o.host.equip
	var b bytes.Buffer
	samples := 1
	if e.rgb {
		samples = 3
	}
	line := make([]byte, 0, o.cols*samples*e.bits/8)
	for f := range e.frames {
		for y := range o.rows {
			line = line[:0]
			for x := range o.cols {
				v := uint16(x/16+(y/64)*7+f+o.instance) & 0x0fff
				switch {
				case e.bits == 16:
					line = binary.LittleEndian.AppendUint16(line, v)
				case e.rgb:
					line = append(line, byte(v), byte(v), byte(v/2))
				default:
					line = append(line, byte(v))
				}
			}
			b.Write(line)
		}
	}
	return b.Bytes()
}

// dumpText is the object in the text form dump2dcm reads.
func dumpText(o object, raw string) string {
	e, h, s := o.host.equip, o.host, o.study
	sop := e.sop
	if o.sop != "" {
		sop = o.sop
	}
	var b strings.Builder
	add := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	add("(0008,0005) CS [ISO_IR 100]")
	add("(0008,0008) CS [ORIGINAL\\PRIMARY]")
	add("(0008,0016) UI =%s", sop)
	add("(0008,0018) UI [%s]", o.uid())
	add("(0008,0020) DA [20261123]")
	add("(0008,0030) TM [0%d1500]", 7+s.number%3)
	add("(0008,0050) SH [%s]", s.accession)
	add("(0008,0060) CS [%s]", e.modality)
	add("(0008,0070) LO [%s]", h.Manufacturer)
	add("(0008,0080) LO [%s]", h.Institution)
	add("(0008,0090) PN [ZZDOCTOR^REFERRING]")
	add("(0008,1010) SH [%s]", h.StationName)
	add("(0008,1030) LO [%s]", e.protocol)
	add("(0008,1040) LO [%s]", h.Department)
	add("(0008,1090) LO [%s]", h.Model)
	add("(0008,1140) SQ\n(fffe,e000) na\n(0008,1150) UI =%s\n(0008,1155) UI [%s.9]\n(fffe,e00d) na\n(fffe,e0dd) na", sop, o.uid())
	for _, p := range e.private {
		if p < "(0010" {
			add("%s", p)
		}
	}
	add("(0010,0010) PN [%s]", s.name)
	add("(0010,0020) LO [%s]", s.id)
	add("(0010,0030) DA [%s]", s.birth)
	add("(0010,0040) CS [O]")
	add("(0010,2154) SH [%s]", s.phone)
	add("(0018,0015) CS [%s]", e.bodyPart)
	add("(0018,1000) LO [%s]", h.Serial)
	if e.deviceUID != "" {
		add("(0018,1002) UI [%s]", e.deviceUID)
	}
	if e.udi != "" {
		add("(0018,100a) SQ\n(fffe,e000) na\n(0018,1009) UT [%s]\n(fffe,e00d) na\n(fffe,e0dd) na", e.udi)
	}
	add("(0018,1020) LO [%s]", strings.Join(h.Software, "\\"))
	add("(0018,1030) LO [%s]", e.protocol)
	for _, p := range e.private {
		if p > "(0019" && p < "(0020" {
			add("%s", p)
		}
	}
	add("(0020,000d) UI [%s]", s.uid)
	add("(0020,000e) UI [%s]", o.seriesUID())
	add("(0020,0010) SH [LZSTU%d]", s.number)
	add("(0020,0011) IS [%d]", o.series)
	add("(0020,0013) IS [%d]", o.instance)
	imageText(add, o)
	for _, p := range e.private {
		if p > "(0029" {
			add("%s", p)
		}
	}
	vr := "OW"
	if e.bits == 8 {
		vr = "OB"
	}
	add("(7fe0,0010) %s =%s", vr, raw)
	return b.String()
}

// imageText adds the image pixel module.
func imageText(add func(string, ...any), o object) {
	e := o.host.equip
	if e.rgb {
		add("(0028,0002) US 3\n(0028,0004) CS [RGB]\n(0028,0006) US 0")
	} else {
		add("(0028,0002) US 1\n(0028,0004) CS [MONOCHROME2]")
	}
	if e.frames > 1 {
		add("(0028,0008) IS [%d]", e.frames)
	}
	add("(0028,0010) US %d", o.rows)
	add("(0028,0011) US %d", o.cols)
	stored := e.bits
	if e.bits == 16 {
		stored = 12
	}
	add("(0028,0100) US %d\n(0028,0101) US %d\n(0028,0102) US %d\n(0028,0103) US 0", e.bits, stored, stored-1)
}
