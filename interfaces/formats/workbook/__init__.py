"""What all kinds of workbooks share."""
