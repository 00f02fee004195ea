package truth

import (
	"fmt"
	"slices"
	"strings"
)

// Preambles are the words that the preamble of a DICOM file may be (PS3.10,
// section 7.1): those of the project's records that the lab plays.
func Preambles() []string { return strings.Fields(`zero tiff mz elf mach-o script`) }

// DICOMFile is DICOM files that crossed the network by HTTP, equal ones
// counted.
type DICOMFile struct {
	Client   string `json:"client"` // who asked
	Server   string `json:"server"`
	Sender   string `json:"sender"` // of the file
	Port     int    `json:"port"`
	Via      string `json:"via"`      // stow, wado or http
	Preamble string `json:"preamble"` // see Preambles
	Count    int    `json:"count"`
}

func (t *Truth) validateFiles(ends func(what, client, server string)) (errs []error) {
	for i, f := range t.DICOMFiles {
		what := fmt.Sprintf("DICOM file %d", i)
		ends(what, f.Client, f.Server)
		if f.Sender != f.Client && f.Sender != f.Server || f.Port == 0 || f.Count < 1 {
			errs = append(errs, fmt.Errorf("%s: sender, port or count: %+v", what, f))
		}
		if !slices.Contains([]string{"stow", "wado", "http"}, f.Via) || !slices.Contains(Preambles(), f.Preamble) {
			errs = append(errs, fmt.Errorf("%s: via %q, preamble %q", what, f.Via, f.Preamble))
		}
	}
	return errs
}
