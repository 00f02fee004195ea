package cast

// vanRouter is the machine behind whose address those in the van are.
const vanRouter = "van"

// serviceRows are the machines of the scenario service: an archive with two
// cards, a store that asks nobody for a title, a maker's way in, one that reads
// images by itself, and a van with a scanner and a mammograph behind one
// address.
func serviceRows() []Row {
	return []Row{
		{"pacs2", "archive", "ac:1f:6b:5c:30:82", NetMain + "130", "BIGARCH"},
		{"qc1", "archive", "f8:b1:56:c3:30:84", NetMain + "132", "QC_STORE"},
		{"jump1", "vendor-gateway", "00:0c:29:4e:30:85", NetMain + "133", ""},
		{"ai1", "dose-ai-server", "00:50:56:1a:30:86", NetMain + "134", "AI_NODE"},
		{vanRouter, "router", "00:0d:b9:3c:30:87", NetMain + "135", ""},
		{"vanmr", "mr", "00:09:5c:51:07:15", NetVan + "21", "VAN_MR"},
		{"vanmg", "mg", "18:db:f2:70:07:16", NetVan + "22", "VAN_MG"},
		{"vandesk1", "pc", "84:a9:3e:5d:07:1f", NetVan + "31", ""},
		{"vandesk2", "pc", "84:a9:3e:5d:07:20", NetVan + "32", ""},
		{"supplier", "pc", "02:00:5e:10:40:64", NetFar + "100", ""},
	}
}

// Card is a further network card of a machine.
type Card struct{ MAC, IP string }

// cards of the machines that have more than one.
func cards() map[string][]Card {
	return map[string][]Card{"pacs2": {{"ac:1f:6b:5c:30:83", NetMain + "131"}}}
}

// vanMachines are the imaging devices in the van.
func vanMachines() map[string]machine {
	return map[string]machine{
		"vanmr": {[6]string{"Philips Medical Systems", "Achieva", "PHILIPS-VAN01", "17733", "5.6.1\\5.6.1.1", "Mobile Imaging"},
			Equipment{Modality: "MR", SOP: "MRImageStorage", Root: "1.3.46.670589.11.17733.5",
				Rows: 64, Cols: 64, Frames: 1, Bits: 16, BodyPart: "KNEE", Protocol: "PDW_TSE"}},
		"vanmg": {[6]string{"HOLOGIC, Inc.", "Selenia Dimensions", "SELENIA_VAN", "81003160777", "AWS:1.11.1.7", "Mobile Screening"},
			Equipment{Modality: "MG", SOP: "DigitalMammographyXRayImageStorageForPresentation", Root: "1.2.840.113681.2864.77",
				Rows: 64, Cols: 64, Frames: 1, Bits: 16, BodyPart: "BREAST", Protocol: "L MLO"}},
	}
}

// Findings are what a machine that reads images by itself makes of one: a
// structured report, and a capture of the image with marks on it. raw is the
// path of 32 times 32 bytes of pixels.
func Findings(s Study, raw string) map[string]string {
	const root = "1.2.826.0.1.3680043.10.733"
	report := objectHead(s, "ComprehensiveSRStorage", root+".1", "SR") +
		`(0020,0011) IS [801]
(0020,0013) IS [1]
(0040,a040) CS [CONTAINER]
(0040,a043) SQ
(fffe,e000) na
(0008,0100) SH [126000]
(0008,0102) SH [DCM]
(0008,0104) LO [Imaging Measurement Report]
(fffe,e00d) na
(fffe,e0dd) na
(0040,a050) CS [SEPARATE]
(0040,a491) CS [COMPLETE]
(0040,a493) CS [UNVERIFIED]
`
	capture := objectHead(s, "SecondaryCaptureImageStorage", root+".2", "CT") +
		`(0020,0011) IS [802]
(0020,0013) IS [1]
(0028,0002) US 1
(0028,0004) CS [MONOCHROME2]
(0028,0010) US 32
(0028,0011) US 32
(0028,0100) US 8
(0028,0101) US 8
(0028,0102) US 7
(0028,0103) US 0
(7fe0,0010) OB =` + raw + "\n"
	return map[string]string{"report": report, "capture": capture}
}

// objectHead is what all findings begin with: they speak of the study of the
// images and of the program that made them.
func objectHead(s Study, class, uid, modality string) string {
	return `(0008,0005) CS [ISO_IR 100]
(0008,0008) CS [DERIVED\SECONDARY]
(0008,0016) UI =` + class + `
(0008,0018) UI [` + uid + `.9]
(0008,0020) DA [20261123]
(0008,0050) SH [` + s.Accession + `]
(0008,0060) CS [` + modality + `]
(0008,0070) LO [Lazarus Imaging AI]
(0008,1090) LO [NoduleFinder]
(0010,0010) PN [` + s.Name + `]
(0010,0020) LO [` + s.ID + `]
(0010,0030) DA [` + s.Birth + `]
(0018,1020) LO [2.4.1]
(0020,000d) UI [` + s.UID + `]
(0020,000e) UI [` + uid + `]
`
}

// DoseReport is the radiation dose structured report of an examination, as the
// scanner sends it (PS3.3 A.35.8; the content tree is its title alone).
func DoseReport(m *Machine, s Study) string {
	return `(0008,0005) CS [ISO_IR 100]
(0008,0016) UI =XRayRadiationDoseSRStorage
(0008,0018) UI [` + m.Equip.Root + `.5099.1]
(0008,0020) DA [20261123]
(0008,0050) SH [` + s.Accession + `]
(0008,0060) CS [SR]
(0008,0070) LO [` + m.Manufacturer + `]
(0008,0080) LO [` + m.Institution + `]
(0008,1010) SH [` + m.StationName + `]
(0008,1040) LO [` + m.Department + `]
(0008,1090) LO [` + m.Model + `]
(0010,0010) PN [` + s.Name + `]
(0010,0020) LO [` + s.ID + `]
(0010,0030) DA [` + s.Birth + `]
(0018,1000) LO [` + m.Serial + `]
(0020,000d) UI [` + s.UID + `]
(0020,000e) UI [` + m.Equip.Root + `.5099]
(0020,0011) IS [501]
(0020,0013) IS [1]
(0040,a040) CS [CONTAINER]
(0040,a043) SQ
(fffe,e000) na
(0008,0100) SH [113701]
(0008,0102) SH [DCM]
(0008,0104) LO [X-Ray Radiation Dose Report]
(fffe,e00d) na
(fffe,e0dd) na
(0040,a050) CS [SEPARATE]
(0040,a491) CS [COMPLETE]
(0040,a493) CS [UNVERIFIED]
`
}
