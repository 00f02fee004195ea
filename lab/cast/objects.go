package cast

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
)

// Object describes one DICOM instance to be built.
type Object struct {
	Machine  *Machine // who made it; its Equip is not nil
	Study    Study
	Series   int
	Instance int
	SOP      string // replaces the SOP class of the equipment
	Rows     int    // replaces rows and columns, 0: as the equipment says
	Cols     int
}

// UID is the SOP instance UID.
func (o Object) UID() string {
	return fmt.Sprintf("%s.%d.%d", o.SeriesUID(), o.Study.Number, o.Instance)
}

// SeriesUID is the series instance UID.
func (o Object) SeriesUID() string {
	return fmt.Sprintf("%s.30%d.%d", o.Machine.Equip.Root, o.Series, o.Study.Number+1)
}

// sized fills rows and columns in.
func (o Object) sized() Object {
	if o.Rows == 0 {
		o.Rows, o.Cols = o.Machine.Equip.Rows, o.Machine.Equip.Cols
	}
	return o
}

// Pixels makes a slow slope: realistic in size, small after compression.
func (o Object) Pixels() []byte {
	e := o.Machine.Equip
	o = o.sized()
	var b bytes.Buffer
	samples := 1
	if e.RGB {
		samples = 3
	}
	line := make([]byte, 0, o.Cols*samples*e.Bits/8)
	for f := range e.Frames {
		for y := range o.Rows {
			line = line[:0]
			for x := range o.Cols {
				v := uint16(x/16+(y/64)*7+f+o.Instance) & 0x0fff
				switch {
				case e.Bits == 16:
					line = binary.LittleEndian.AppendUint16(line, v)
				case e.RGB:
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

// Dump is the object in the text form dump2dcm reads; raw is the path of its
// pixels.
func (o Object) Dump(raw string) string {
	e, h, s := o.Machine.Equip, o.Machine, o.Study
	sop := e.SOP
	if o.SOP != "" {
		sop = o.SOP
	}
	var b strings.Builder
	add := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	add("(0008,0005) CS [ISO_IR 100]")
	add("(0008,0008) CS [ORIGINAL\\PRIMARY]")
	add("(0008,0016) UI =%s", sop)
	add("(0008,0018) UI [%s]", o.UID())
	add("(0008,0020) DA [20261123]")
	add("(0008,0030) TM [0%d1500]", 7+s.Number%3)
	add("(0008,0050) SH [%s]", s.Accession)
	add("(0008,0060) CS [%s]", e.Modality)
	add("(0008,0070) LO [%s]", h.Manufacturer)
	add("(0008,0080) LO [%s]", h.Institution)
	add("(0008,0090) PN [ZZDOCTOR^REFERRING]")
	add("(0008,1010) SH [%s]", h.StationName)
	add("(0008,1030) LO [%s]", e.Protocol)
	add("(0008,1040) LO [%s]", h.Department)
	add("(0008,1090) LO [%s]", h.Model)
	add("(0008,1140) SQ\n(fffe,e000) na\n(0008,1150) UI =%s\n(0008,1155) UI [%s.9]\n(fffe,e00d) na\n(fffe,e0dd) na", sop, o.UID())
	for _, p := range e.Private {
		if p < "(0010" {
			add("%s", p)
		}
	}
	add("(0010,0010) PN [%s]", s.Name)
	add("(0010,0020) LO [%s]", s.ID)
	add("(0010,0030) DA [%s]", s.Birth)
	add("(0010,0040) CS [O]")
	add("(0010,2154) SH [%s]", s.Phone)
	add("(0018,0015) CS [%s]", e.BodyPart)
	add("(0018,1000) LO [%s]", h.Serial)
	if e.DeviceUID != "" {
		add("(0018,1002) UI [%s]", e.DeviceUID)
	}
	if e.UDI != "" {
		add("(0018,100a) SQ\n(fffe,e000) na\n(0018,1009) UT [%s]\n(fffe,e00d) na\n(fffe,e0dd) na", e.UDI)
	}
	add("(0018,1020) LO [%s]", strings.Join(h.Software, "\\"))
	add("(0018,1030) LO [%s]", e.Protocol)
	for _, p := range e.Private {
		if p > "(0019" && p < "(0020" {
			add("%s", p)
		}
	}
	o.tailText(add, raw)
	return b.String()
}

// tailText adds what comes after the equipment: study, series, pixels.
func (o Object) tailText(add func(string, ...any), raw string) {
	e, s := o.Machine.Equip, o.Study
	add("(0020,000d) UI [%s]", s.UID)
	add("(0020,000e) UI [%s]", o.SeriesUID())
	add("(0020,0010) SH [LZSTU%d]", s.Number)
	add("(0020,0011) IS [%d]", o.Series)
	add("(0020,0013) IS [%d]", o.Instance)
	imageText(add, o)
	for _, p := range e.Private {
		if p > "(0029" {
			add("%s", p)
		}
	}
	vr := "OW"
	if e.Bits == 8 {
		vr = "OB"
	}
	add("(7fe0,0010) %s =%s", vr, raw)
}

// imageText adds the image pixel module (PS3.3 C.7.6.3).
func imageText(add func(string, ...any), o Object) {
	e := o.Machine.Equip
	o = o.sized()
	if e.RGB {
		add("(0028,0002) US 3\n(0028,0004) CS [RGB]\n(0028,0006) US 0")
	} else {
		add("(0028,0002) US 1\n(0028,0004) CS [MONOCHROME2]")
	}
	if e.Frames > 1 {
		add("(0028,0008) IS [%d]", e.Frames)
	}
	add("(0028,0010) US %d", o.Rows)
	add("(0028,0011) US %d", o.Cols)
	stored := e.Bits
	if e.Bits == 16 {
		stored = 12
	}
	add("(0028,0100) US %d\n(0028,0101) US %d\n(0028,0102) US %d\n(0028,0103) US 0", e.Bits, stored, stored-1)
}
