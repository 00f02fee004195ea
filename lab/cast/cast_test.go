package cast

import "testing"

func TestMessageDelimiters(t *testing.T) {
	m := NewMessage("his", "engine", "ADT^A01^ADT_A01", "ID1", "2.5", "", "PID|1||A^B~C").withDelimiters("#$*!@")
	want := "MSH#$*!@#ORBIS#LAZARUS#MIRTH#LAZARUS#20261123081500##ADT$A01$ADT_A01#ID1#P#2.5\rPID#1##A$B*C\r"
	if m.Text != want {
		t.Errorf("got  %q\nwant %q", m.Text, want)
	}
	if m.Type != "ADT^A01" || m.Delimiters != "#$*!@" {
		t.Errorf("type %q delimiters %q", m.Type, m.Delimiters)
	}
}

func TestConsentIsSeen(t *testing.T) {
	for kind, ms := range Admissions(Patients()) {
		for _, m := range ms {
			if m.HasConsent != (kind == "consent1") {
				t.Errorf("%s from %s: consent %v", m.ControlID, kind, m.HasConsent)
			}
		}
	}
}
