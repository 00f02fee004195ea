package dataset

import (
	"strings"
	"testing"
)

// TestAttributesSorted holds what row relies on.
func TestAttributesSorted(t *testing.T) {
	for i := 1; i < len(attributes); i++ {
		if attributes[i].tag < attributes[i-1].tag {
			t.Errorf("%08x stands behind %08x", attributes[i].tag, attributes[i-1].tag)
		}
	}
}

// TestKeys holds that every line of the table is read.
func TestKeys(t *testing.T) {
	rows := strings.Count(keysCSV, "\n") - strings.Count(keysCSV, "#")
	if got := len(keys()); got != rows {
		t.Errorf("%d keys read, %d lines", got, rows)
	}
	if !IsKey("PatientName") || IsKey("Nobody") || KeyOf(0x00100010).Name != "PatientName" || KeyOf(0x00091001).Name != "00091001" {
		t.Error("keys are not found by name and number")
	}
}
