package main

import (
	"context"
	"errors"
	"os"

	"ari-recorder/deploy/lab"
)

// office is an Asterisk of its own with a call on extension 410, and a MariaDB.
type office struct {
	pbx  *lab.Asterisk
	db   *lab.Database
	call *lab.Call
}

// openOffice installs what is missing, starts both and places the call. Close ends what was begun, also where it fails.
func openOffice(ctx context.Context, options lab.AsteriskOptions) (o *office, err error) {
	o = &office{}
	defer func() {
		if err != nil {
			err = errors.Join(err, o.close())
		}
	}()
	if err := lab.Install(ctx, os.Stderr, lab.RootAsterisk, lab.RootMariaDB); err != nil {
		return o, err
	}
	if o.pbx, err = lab.StartAsterisk(ctx, options); err != nil {
		return o, err
	}
	if o.db, err = lab.StartMariaDB(ctx, lab.DBOptions{}); err != nil {
		return o, err
	}
	o.call, err = o.pbx.Call(ctx, lab.CallOptions{})
	return o, err
}

func (o *office) close() error {
	var errs []error
	if o.call != nil {
		errs = append(errs, o.call.Close())
	}
	if o.db != nil {
		errs = append(errs, o.db.Close())
	}
	if o.pbx != nil {
		errs = append(errs, o.pbx.Close())
	}
	return errors.Join(errs...)
}
