package magic

import (
	"encoding/binary"
	"strings"
	"testing"
)

// at puts s behind n zeros.
func at(n int, s string) string { return strings.Repeat("\x00", n) + s }

// pe is the head of a program of Windows whose second head stands at the given place.
func pe(where int, visible bool) string {
	b := make([]byte, where+8)
	copy(b, "MZ\x90\x00\x03\x00")
	binary.LittleEndian.PutUint32(b[60:], uint32(where))
	if visible {
		copy(b[where:], "PE\x00\x00")
	}
	return string(b)
}

var heads = []struct {
	head string
	want Kind
}{
	{"", Unknown},
	{"\x00\x01\x02", Unknown},
	{"   \r\n", Unknown},
	{at(128, "DICM\x02\x00"), DICOM},
	{"MZ" + at(126, "DICM"), DICOM},
	{"\x7fELF\x02\x01\x01" + at(121, "DICM"), DICOM},
	{"\xcf\xfa\xed\xfe" + at(124, "DICM"), DICOM},
	{"#!/bin/sh\n" + at(118, "DICM"), DICOM},
	{"\x89PNG\r\n\x1a\n" + at(120, "DICM"), DICOM},
	{at(127, "DICM"), Unknown},
	{"\x02\x00\x00\x00UL\x04\x00\x10\x00\x00\x00", DICOMMeta},
	{pe(128+8, true), PE},
	{pe(200, true), PE},
	{pe(200, false), MZ},
	{"MZ is a chemical institute in the town, and this is a text about it, long enough.", Text},
	{"\x7fELF\x02\x01\x01", ELF},
	{"\xcf\xfa\xed\xfe\x07\x00\x00\x01", MachO},
	{"\xca\xfe\xba\xbe\x00\x00\x00\x02", MachOFat},
	{"\xca\xfe\xba\xbe\x00\x00\x00\x3d", JavaClass},
	{"#!/bin/sh\n", Script},
	{"<?php echo 1;", Script},
	{"@ECHO OFF\r\n", Script},
	{"II*\x00\x08\x00\x00\x00", TIFF},
	{"MM\x00*\x00\x00\x00\x08", TIFF},
	{"II+\x00\x08\x00\x00\x00", BigTIFF},
	{"\xff\xd8\xff\xe0\x00\x10JFIF", JPEG},
	{"\xff\xd8\xff\xf7", JPEGLS},
	{"\x89PNG\r\n\x1a\n", PNG},
	{"\x00\x00\x00\x0cjP  \r\n\x87\n", JPEG2000},
	{"\xff\x4f\xff\x51\x00", JPEG2000},
	{"BM\x46\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00", BMP},
	{"BMW builds cars and other things", Text},
	{"%PDF-1.7\n", PDF},
	{"PK\x03\x04\x14\x00", Zip},
	{"\x1f\x8b\x08\x00", Gzip},
	{at(257, "ustar"), Tar},
	{at(344, "n+1\x00"), NIfTI},
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE},
	{"-----BEGIN CERTIFICATE-----", PEM},
	{"0\x82\x05\x00\x30\x82\x04\x00\xa0\x03\x02\x01\x02\x02\x01\x05" + at(16, ""), DERCert},
	{"0\x82\x05\x00\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02" + at(16, ""), PKCS},
	{"0\x82\x05\x00\x02\x01\x03\x30\x82\x04\x00\x06\x09" + at(16, ""), PKCS},
	{"<!DOCTYPE html><html>", HTML},
	{"\xef\xbb\xbf<?xml version=\"1.0\"?>", XML},
	{"<Patient xmlns=\"http://hl7.org/fhir\">", XML},
	{"< 5 and more", Text},
	{"<!-- made by -->\n<META name=x>", HTML},
	{"<!-- made by -->\n", Text},
	{"<s:Envelope xmlns:s=\"x\">", SOAP},
	{"\x30\x82\x01\x34\x0a\x01\x00\xa0\x82\x01\x2d0123456789abcdef", OCSP},
	{"\x30\x51\x30\x4f\x30\x4d\x30\x4b\x30\x49\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14\xaa", OCSPAsk},
	{"{\"resourceType\":\"Patient\"}", JSON},
	{" [ {\"00080005\":{}}]", JSON},
	{"[1,2]", JSON},
	{"{not json}", Text},
	{"[section]\nkey=value", Ini},
	{"\xef\xbb\xbf[.ShellClassInfo]\r\n; a comment\r\n\r\nIconFile = x.ico\r\n", Ini},
	{"[note]\nsee below", Text},
	{"[note] see=below\na=b", Text},
	{"[a]\n<b c=d>", Text},
	{"[a]\n", Text},
	{"<?xml version=\"1.0\"?>\n<!DOCTYPE html PUBLIC \"x\">\n<html xmlns=\"y\">", HTML},
	{"<?xml version=\"1.0\"?>\n<!-- a -->\n<html>", HTML},
	{"<?xml version=\"1.0\"?>\n<!DOCTYPE cross-domain-policy SYSTEM \"x\">", CrossSite},
	{"<cross-domain-policy><allow-access-from domain=\"*\"/>", CrossSite},
	{"<?xml version=\"1.0\"?>\n<?xml-stylesheet href=\"x\"?>\n<rss version=\"2.0\">", Feed},
	{"<feed xmlns=\"http://www.w3.org/2005/Atom\">", Atom},
	{"<feed><cow/></feed>", XML},
	{"<?xml version=\"1.0\"?><!DOCTYPE a [", XML},
	{"<?xml version=\"1.0\"?><a><html/></a>", XML},
	{"<!-- made by", Text},
	{"document.write('<a>');", JavaScript},
	{"(function(){var f=null;", JavaScript},
	{"/*! made by */\n// strict\n'use strict';", JavaScript},
	{"var $a1 = 5;", JavaScript},
	{"var x == y", Text},
	{"var 5 = y", Text},
	{"variable = 5", Text},
	{"/* no end", Text},
	{"Gr\xfc\xdfe aus M\xfcnchen, und so fort", Text},                // ISO 8859-1
	{"Gr\x81\xe1e aus M\x81nchen, und so fort, lang genug", Text},    // code page 850
	{"\xcf\xf0\xe8\xe2\xe5\xf2", Text},                               // Windows-1251
	{"\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0", Text},                   // UTF-8, cut
	{"\r\n\x9a\xfe|j\xb3\x8d{d\xbb\x9a1x\xbc\x8ei\x90\xb1", Unknown}, // enciphered
	{"MSH|^~\\&|A|B", HL7},
	{"\x0bMSH|^~\\&|A|B", HL7},
	{"RIFF\x00\x00\x00\x00WAVEfmt ", WAV},
	{"plain words\n", Text},
}

func TestOf(t *testing.T) {
	for _, c := range heads {
		if got := Of([]byte(c.head)); got != c.want {
			t.Errorf("%.20q: %q, want %q", c.head, got, c.want)
		}
	}
}

// packed is the local header of a file in an archive, with what follows.
func packed(name, rest string) string {
	b := make([]byte, local)
	copy(b, localMark)
	binary.LittleEndian.PutUint16(b[26:], uint16(len(name)))
	return string(b) + name + rest
}

func TestWithin(t *testing.T) {
	types := packed("[Content_Types].xml", strings.Repeat("x", 900))
	for _, c := range []struct {
		head string
		want Kind
	}{
		{packed("META-INF/MANIFEST.MF", "abc"), Jar},
		{packed("mimetype", "application/vnd.oasis.opendocument.textPK"), OASISText},
		{packed("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), OASISSheet},
		{packed("mimetype", "application/vnd.oasis.opendocument.presentation"), OASISSlide},
		{packed("mimetype", "application/epub+zip"), Zip},
		{types + packed("_rels/.rels", "abc") + packed("word/document.xml", ""), OpenWord},
		{types + packed("xl/workbook.xml", ""), OpenSheet},
		{packed("docProps/app.xml", "PK\x03\x04 by chance") + packed("ppt/presentation.xml", ""), OpenSlides},
		{types, Zip},
		{types + strings.Repeat("x", Far) + packed("xl/workbook.xml", ""), Zip},
		{packed("letters/a.txt", "") + packed("xl/workbook.xml", ""), Zip},
		{packed("META-INF/MANIFEST.MF", "")[:40], Zip},
		{"PK\x05\x06", Zip},
		{"%PDF-1.7", PDF},
	} {
		if got := Within([]byte(c.head)); got != c.want {
			t.Errorf("%.60q: %q, want %q", c.head, got, c.want)
		}
	}
	for _, k := range []Kind{JavaScript, Ini, Feed, Atom, CrossSite, Jar, OpenWord, OpenSheet, OpenSlides, OASISText, OASISSheet, OASISSlide} {
		if k.Media() == "" {
			t.Errorf("%q has no media type", k)
		}
	}
}

func TestPreamble(t *testing.T) {
	file := func(preamble string) string {
		return preamble + at(PreambleLen-len(preamble), "DICM\x02\x00\x00\x00UL\x04\x00")
	}
	far := []byte(file("MZ\x90\x00\x03"))
	far = append(far, make([]byte, 200)...)
	far[60], far[61] = 0xc0, 0
	copy(far[0xc0:], "PE\x00\x00")
	for _, c := range []struct {
		file string
		want Kind
	}{
		{file(""), Zero},
		{file("II*\x00\x08\x00\x00\x00"), TIFF},
		{file("MM\x00+\x00\x08\x00\x00"), BigTIFF},
		{file("MZ\x90\x00\x03"), MZ},
		{string(far), PE},
		{file("\x7fELF\x02\x01\x01"), ELF},
		{file("\xcf\xfa\xed\xfe"), MachO},
		{file("\xca\xfe\xba\xbe\x00\x00\x00\x02"), MachOFat},
		{file("#!/bin/sh\n"), Script},
		{file("<script>x"), Script},
		{"(function(){" + strings.Repeat(" ", PreambleLen-12) + "DICM", Script},
		{file("powershell -c x"), Script},
		{file("made by a viewer"), Other},
		{file("\xff\xd8\xff\xe0"), Other},
		{"short", No},
	} {
		if got := Preamble([]byte(c.file)); got != c.want {
			t.Errorf("%.20q: %q, want %q", c.file, got, c.want)
		}
	}
	if !PE.Runs() || !Script.Runs() || TIFF.Runs() || Zero.Runs() {
		t.Error("what runs is not told from what does not")
	}
}

func TestAllocs(t *testing.T) {
	for _, c := range heads {
		b := []byte(c.head)
		if n := testing.AllocsPerRun(10, func() { Within(b); Preamble(b) }); n != 0 {
			t.Errorf("%.20q: %v allocations, want 0", c.head, n)
		}
	}
}

// FuzzOf holds that more than Head bytes change nothing and that a preamble's class is
// one of its set.
func FuzzOf(f *testing.F) {
	for _, c := range heads {
		f.Add([]byte(c.head))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, want := Of(b[:min(len(b), Head)]), Of(b); got != want {
			t.Errorf("%q, and %q when it is cut", want, got)
		}
		if got, want := Within(b[:min(len(b), Far)]), Within(b); got != want || got.Runs() != Of(b).Runs() {
			t.Errorf("within %q, and %q when it is cut", want, got)
		}
		k := Preamble(b)
		switch {
		case len(b) < PreambleLen && k == No:
		case k == Zero, k == Other, k == TIFF, k == BigTIFF, k.Runs():
		default:
			t.Errorf("preamble %q", k)
		}
	})
}
