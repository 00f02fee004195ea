package capture

import (
	"errors"
	"fmt"

	"lazaret/internal/event"
)

// slack is the room for headers and options beside the bytes of a frame that a
// chunk must have: a packet block is buffered whole.
const slack = 64 << 10

// Config bounds what reading captures may cost.
type Config struct {
	MaxFrame   int `toml:"max_frame" doc:"largest captured length believed, bytes; a record that claims more is a fault"`
	Chunk      int `toml:"chunk" doc:"buffers that compressed files and standard input are read into, bytes; at least max_frame and 128 KiB"`
	MaxOpen    int `toml:"max_open" doc:"most files that may overlap in time: each is held open with its next frame"`
	ZstdWindow int `toml:"zstd_window" doc:"largest zstd window accepted, bytes: the memory that one open zstd file may take"`
}

// DefaultConfig accepts every frame that tcpdump can write and takes less than
// 1 MiB for a stream.
func DefaultConfig() Config {
	return Config{
		MaxFrame:   256 << 10,
		Chunk:      512 << 10,
		MaxOpen:    1024,
		ZstdWindow: 32 << 20,
	}
}

// Validate says everything that is wrong, one error per key.
func (c Config) Validate() error {
	var errs []error
	if c.MaxFrame < 1<<11 || c.MaxFrame > 64<<20 {
		errs = append(errs, fmt.Errorf("capture.max_frame: %d bytes is not between 2 KiB and 64 MiB", c.MaxFrame))
	}
	if c.Chunk < c.MaxFrame+2*slack || c.Chunk > 256<<20 {
		errs = append(errs, fmt.Errorf("capture.chunk: %d bytes is not between max_frame + 128 KiB and 256 MiB", c.Chunk))
	}
	if c.MaxOpen < 1 || c.MaxOpen > 1<<16 {
		errs = append(errs, fmt.Errorf("capture.max_open: %d files is not between 1 and 65536", c.MaxOpen))
	}
	if c.ZstdWindow < 1<<10 || c.ZstdWindow > 512<<20 {
		errs = append(errs, fmt.Errorf("capture.zstd_window: %d bytes is not between 1 KiB and 512 MiB", c.ZstdWindow))
	}
	return errors.Join(errs...)
}

// Options choose a part of the timeline.
type Options struct {
	// Since leaves out frames before it, Until frames at it or after it. Zero
	// means no bound.
	Since, Until event.Time
}

func (o Options) outside(t event.Time) bool {
	return (o.Since != 0 && t < o.Since) || (o.Until != 0 && t >= o.Until)
}
