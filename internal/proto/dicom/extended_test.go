package dicom

import (
	"slices"
	"testing"

	"lazaret/internal/prototest"
)

// An association that dcmtk's library opened with extended negotiation
// (PS3.7 D.3.3.5); see testdata/README.md.
func TestExtendedNegotiation(t *testing.T) {
	records, _ := prototest.Run(t, prototest.Load(t, "testdata/extended.pcap.zst"), &Spec)
	for _, r := range records {
		a, ok := r.Body.(*Association)
		if !ok {
			continue
		}
		if !slices.Equal(a.Extended, []string{"1.2.840.10008.5.1.4.1.1.2"}) {
			t.Errorf("extended negotiation of %v, want that of CT Image Storage", a.Extended)
		}
		if a.Result != "accepted" || a.Ops != 1 || len(a.Offered) != 2 || a.RqImplName != "OFFIS_DCMTK_367" {
			t.Errorf("%+v", a)
		}
		return
	}
	t.Error("no association was found")
}
