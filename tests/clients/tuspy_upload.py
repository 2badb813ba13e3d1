"""Upload a file with tuspy: `tuspy_upload.py ENDPOINT FILE CHUNK CHECKSUM [URL]`. Prints the upload's URL first.

It continues after broken connections. With URL it resumes an upload that another process started.
"""

import sys

from tusclient.client import TusClient

endpoint, path, chunk, checksum, *url = sys.argv[1:]
uploader = TusClient(endpoint).uploader(
    path,
    url=url[0] if url else None,
    chunk_size=int(chunk),
    metadata={"filename": "from tuspy.csv"},
    retries=100,
    retry_delay=0.05,
    upload_checksum=checksum == "checksum",
)
if not url:
    uploader.set_url(uploader.create_url())
print(uploader.url, flush=True)
uploader.upload()
