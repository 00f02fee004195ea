package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"lazaret/lab/cast"
)

const stowBoundary = "LazaretLabPart"

// stowParts are the files with the bodies of two STOW-RS requests, and the
// study they belong to.
type stowParts struct {
	study         cast.Study
	object        cast.Object
	clean, dressy string
}

// startImages runs Orthanc with its DICOMweb plugin and writes what will be
// stored: two files as modalities write them, and two whose 128 bytes of
// preamble begin as another kind of file does (PS3.10, section 7.1). Nothing
// in either can run: a TIFF header without a directory, and two letters
// before zeros.
func (l *Lab) startImages() (stowParts, error) {
	var p stowParts
	h := l.hosts["pacs"]
	plugin := "/usr/share/orthanc/plugins/libOrthancDicomWeb.so"
	if _, err := os.Stat(plugin); err != nil {
		return p, fmt.Errorf("apt-get install orthanc-dicomweb: %w", err)
	}
	n, err := l.startOrthancWith(h, portPACS, map[string]any{
		"Plugins": []string{plugin}, "AuthenticationEnabled": true, "RegisteredUsers": map[string]string{webUser: webPassword},
		"DicomWeb": map[string]any{"Enable": true, "Root": "/dicom-web/", "EnableWado": true, "WadoRoot": "/wado", "Ssl": false},
	})
	if err != nil {
		return p, err
	}
	if err := n.proc.waitListen(8042); err != nil {
		return p, err
	}
	ct := l.hosts["ct1"]
	p.study = l.newStudy(ct.Equip.Root, 4)
	p.object = cast.Object{Machine: ct.Machine, Study: p.study, Series: 1, Rows: 16, Cols: 16}
	files, err := l.makeSeries(p.object, 4)
	if err != nil {
		return p, err
	}
	if p.clean, err = l.stowBody("clean", files[:2]); err != nil {
		return p, err
	}
	for i, preamble := range []string{"II*\x00\x08\x00\x00\x00", "MZ"} {
		if err := dress(files[2+i], preamble); err != nil {
			return p, err
		}
	}
	p.dressy, err = l.stowBody("dressy", files[2:])
	h.offers("http", "tcp", 8042, "")
	h.is("web server")
	h.has("serves DICOMweb in clear", "takes HTTP passwords in clear")
	return p, err
}

// dress replaces the start of the preamble of a file.
func dress(file, preamble string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	copy(data[:128], preamble)
	return os.WriteFile(file, data, 0o644)
}

// stowBody writes a multipart body of files.
func (l *Lab) stowBody(name string, files []string) (string, error) {
	var b bytes.Buffer
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "--%s\r\nContent-Type: application/dicom\r\n\r\n%s\r\n", stowBoundary, data)
	}
	fmt.Fprintf(&b, "--%s--\r\n", stowBoundary)
	f := filepath.Join(l.dir, name+".stow")
	return f, os.WriteFile(f, b.Bytes(), 0o644)
}

// images stores, searches and retrieves.
func (l *Lab) images(p stowParts) error {
	login := []string{"-u", webUser + ":" + webPassword}
	ask := func(from, detail, status, accept, path string, more ...string) errand {
		args := append(append([]string{}, login...), more...)
		return l.page(from, "pacs", 8042, "DICOMweb: "+detail, status, append(args, "-H", "Accept: "+accept, path)...)
	}
	stow := func(from, detail, file string) errand {
		return ask(from, detail, "200", "application/dicom+json", "/dicom-web/studies", "-H", "Expect:",
			"-H", `Content-Type: multipart/related; type="application/dicom"; boundary=`+stowBoundary, "--data-binary", "@"+file)
	}
	const json, dicom = "application/dicom+json", `multipart/related; type="application/dicom"`
	study := "/dicom-web/studies/" + p.study.UID
	series := study + "/series/" + p.object.SeriesUID()
	first := p.object
	first.Instance = 1
	instance := series + "/instances/" + first.UID()
	return l.errands(
		stow("ct1", "STOW-RS, two files", p.clean),
		stow("ct1", "STOW-RS, two files, preambles TIFF and MZ", p.dressy),
		ask("ws1", "QIDO-RS, studies by name", "200", json, "/dicom-web/studies?PatientName=ZZCANARY*&includefield=00081030&limit=10"),
		ask("ws1", "QIDO-RS, studies by id, none", "200", json, "/dicom-web/studies?PatientID=LZCAN-999999"),
		ask("ws1", "QIDO-RS, series", "200", json, study+"/series"),
		ask("ws1", "QIDO-RS, instances", "200", json, series+"/instances?limit=2"),
		ask("ws1", "WADO-RS, study", "200", dicom, study),
		ask("ws1", "WADO-RS, metadata of the series", "200", json, series+"/metadata"),
		ask("ws1", "WADO-RS, rendered", "200", "image/png", instance+"/rendered"),
		ask("ws1", "WADO-RS, frame", "200", `multipart/related; type="application/octet-stream"`, instance+"/frames/1"),
		ask("ws1", "WADO-URI", "200", "*/*", "/wado?requestType=WADO&contentType=application/dicom&studyUID="+p.study.UID+"&seriesUID="+p.object.SeriesUID()+"&objectUID="+first.UID()),
		ask("ws1", "WADO-RS, no such study", "404", json, "/dicom-web/studies/1.2.3.4/metadata"),
		l.page("admin1", "pacs", 8042, "DICOMweb: no credentials", "401", "/dicom-web/studies"),
	)
}
