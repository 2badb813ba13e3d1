// Uploads a file by tus-js-client: `node tus_js_upload.cjs ENDPOINT FILE CHUNK [URL]`. Prints the upload's URL first.
// Goes on after broken connections; with URL it resumes the upload that another process began.
const fs = require('fs')
const tus = require('tus-js-client')

const [endpoint, path, chunk, uploadUrl] = process.argv.slice(2)
const upload = new tus.Upload(fs.createReadStream(path), {
  endpoint,
  uploadUrl,
  chunkSize: Number(chunk),
  uploadSize: fs.statSync(path).size,
  metadata: { filename: 'from tus-js.csv' },
  retryDelays: Array(100).fill(50),
  onUploadUrlAvailable: () => console.log(upload.url),
  onError: (error) => {
    console.error(String(error))
    process.exit(1)
  },
  onSuccess: () => process.exit(0),
})
upload.start()
