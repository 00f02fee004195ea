package reading

import (
	"strings"
	"testing"

	"lazaret/internal/detect"
)

func TestNumbers(t *testing.T) {
	c := detect.DefaultConfig()
	c.Numbers = map[string]map[string]float64{"K1": {"hosts": 3}, "Z9": {"hosts": 3}}
	err := checkNumbers(c)
	if err == nil || !strings.Contains(err.Error(), "detect.numbers.K1.hosts") || !strings.Contains(err.Error(), "detect.numbers.Z9") {
		t.Errorf("said: %v", err)
	}
}
