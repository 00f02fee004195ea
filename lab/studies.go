package main

import (
	"fmt"
	"os"
	"path/filepath"

	"lazaret/lab/cast"
	"lazaret/lab/truth"
)

// newStudy gives study n of a device and notes its canaries.
func (l *Lab) newStudy(root string, n int) cast.Study {
	s := cast.NewStudy(root, n)
	l.canaryPatient(s.Patient)
	l.canary("accession", s.Accession)
	l.canary("study-uid", s.UID)
	return s
}

func (l *Lab) canaryPatient(p cast.Patient) {
	l.canary("patient-name", p.Name)
	l.canary("patient-id", p.ID)
	l.canary("phone", p.Phone)
	l.canary("physician", "ZZDOCTOR^REFERRING")
}

// canary notes a value that no output may contain.
func (l *Lab) canary(kind, value string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.truth.Canaries {
		if c.Value == value {
			return
		}
	}
	l.truth.Canaries = append(l.truth.Canaries, truth.Canary{Kind: kind, Value: value})
}

// makeObject writes a DICOM file with dump2dcm and returns its path.
func (l *Lab) makeObject(o cast.Object) (string, error) {
	base := filepath.Join(l.dir, fmt.Sprintf("%s-%d-%d-%d", o.Machine.Name, o.Study.Number, o.Series, o.Instance))
	if err := os.WriteFile(base+".raw", o.Pixels(), 0o644); err != nil {
		return "", err
	}
	if err := os.WriteFile(base+".dump", []byte(o.Dump(base+".raw")), 0o644); err != nil {
		return "", err
	}
	_, err := l.must(nil, "dump2dcm", "-q", "+te", base+".dump", base+".dcm")
	return base + ".dcm", err
}

// makeSeries builds n instances of one series.
func (l *Lab) makeSeries(o cast.Object, n int) (files []string, err error) {
	for i := range n {
		o.Instance = i + 1
		f, err := l.makeObject(o)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}
